"""Keys and tokens stay out of what a failure quotes."""

import pytest

from conformance.credentials import Credentials
from conformance.launch import LaunchPlan
from conformance.settings import Settings
from conformance.target import TargetSpec

KEY = "c2VjcmV0"
TARGET = TargetSpec(
    kind="external", addresses=("127.0.0.1:1",), auth_key=KEY, token=KEY, file_root="/a/root"
)
HOLDERS = [
    TARGET,
    Credentials(key=KEY, token=KEY),
    LaunchPlan(auth_key=KEY),
    Settings(seed=1, run_id="r", profile="mock", target=TARGET, launch=LaunchPlan(auth_key=KEY)),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_no_secret_is_represented(holder: object) -> None:
    """A failed assertion is told by the `repr` of its values, and results quote it."""
    assert KEY not in repr(holder)

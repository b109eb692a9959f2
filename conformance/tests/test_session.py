"""What an external target turns out to offer."""

from pathlib import Path

import pytest

from conformance.session import explored
from conformance.settings import Settings, from_json
from conformance.target import TargetSpec

SETTINGS = Settings(seed=1, run_id="r", profile="contract")
KEY = "c2VjcmV0"


def test_mock_offers_http_where_it_serves_it(mock: str, tmp_path: Path) -> None:
    """A broker whose port answers HTTP offers it there; a given file root is offered too."""
    spec = explored(TargetSpec("external", (mock,), file_root=str(tmp_path)), SETTINGS)
    assert spec.offers == ("file-root", "http", "no-auth")
    assert spec.http == (mock,)


def test_hollow_server_offers_nothing(hollow: str) -> None:
    """A server of gRPC alone offers no HTTP, and a folder that is not there no file root."""
    spec = explored(TargetSpec("external", (hollow,), auth_key=KEY, file_root="/gone"), SETTINGS)
    assert (spec.offers, spec.http) == (("auth",), ())


@pytest.mark.parametrize("token", [None, "t"])
def test_settings_survive_the_way_to_workers(token: str | None) -> None:
    """Settings read back as they were written."""
    target = TargetSpec("external", ("127.0.0.1:1",), token=token, offers=("http",))
    settings = SETTINGS.with_target(target)
    assert from_json(settings.to_json()) == settings
    assert from_json(SETTINGS.to_json()) == SETTINGS

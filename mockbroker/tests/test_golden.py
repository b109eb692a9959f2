"""The mock broker answers every golden session as real brokers did."""

from pathlib import Path

import pytest

from mockbroker.tests.golden_mock import launch
from mockbroker.tests.golden_replay import replay
from mockbroker.tests.golden_session import files, load


def test_there_are_sessions() -> None:
    """A directory without sessions proves nothing."""
    assert files(), "no session found: GAZETTE_GOLDEN names another directory?"


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_session(path: Path) -> None:
    """Replaying the session finds no difference from the recording."""
    assert replay(load(path), launch) == []

"""A pytest plugin for the suite's own tests: each test fails once while a journal moves."""

from collections.abc import Generator

import pytest

from conformance.errors import NonconformanceError
from conformance.session import Session

MOVED = "conformance/r/moved"


class Moving:
    """Fails the first attempt at every test, and says that `MOVED` has moved."""

    def __init__(self) -> None:
        self._failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Makes the test, and fails it for the first time."""
        yield
        if item.nodeid not in self._failed:
            self._failed.add(item.nodeid)
            raise NonconformanceError("what was appended", "what a new primary has")


def pytest_configure(config: pytest.Config) -> None:
    """Begins to move journals, until the run ends."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Session, "moved", lambda _: (MOVED,))
    config.add_cleanup(patch.undo)
    config.pluginmanager.register(Moving())

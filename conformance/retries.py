"""Tests that are made again, because they failed while their cluster moved a journal."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from _pytest.runner import call_and_report

MOST = 2
"""How often a test is made again at most: clusters balance their journals as they please."""
RETRIES = "retries"
"""Where the result of a test that was made again holds the attempts before the last one."""
MOVED = pytest.StashKey[tuple[str, ...]]()
"""The journals that moved while the attempt at hand failed."""


def attempted(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """The reports of the last attempt at `item`, each of which tells of the attempts before.

    Between attempts all but what the whole session shares is torn down: what tests of a module
    share may have moved as well.
    """
    retries: list[dict[str, Any]] = []
    while True:
        reports = _begun(item)
        moved = item.stash[MOVED] if len(retries) < MOST else ()
        following = item.session if moved else nextitem
        reports.append(call_and_report(item, "teardown", log=False, nextitem=following))
        if not moved:
            break
        retries.append(_retry(reports, moved))
    _ended(item)
    for phase in _phases(reports) if retries else ():
        phase[RETRIES] = retries
    return reports


def _ended(item: Any) -> None:
    """Lets go of what the test was given, as pytest does."""
    item._request, item.funcargs = False, None  # noqa: SLF001


def _begun(item: Any) -> list[pytest.TestReport]:
    """The reports of all phases but the teardown, as pytest has them."""
    item.stash[MOVED] = ()
    item._initrequest()  # noqa: SLF001 - as pytest does for a test that it makes again
    setup = call_and_report(item, "setup", log=False)
    if not setup.passed or item.config.getoption("setuponly", default=False):
        return [setup]
    return [setup, call_and_report(item, "call", log=False)]


def _retry(reports: Sequence[pytest.TestReport], moved: Sequence[str]) -> dict[str, Any]:
    """An attempt that did not count, as the result file tells it."""
    end = next(phase for phase in _phases(reports) if phase["outcome"] in {"failed", "error"})
    said = end.get("failure") or end["error"]
    return {"outcome": end["outcome"], "message": said["message"], "moved": list(moved)}


def _phases(reports: Sequence[pytest.TestReport]) -> list[dict[str, Any]]:
    return [phase for each in reports if (phase := getattr(each, "gazette", None))]


def total(count: int) -> str:
    """How many tests of a run were made again, as a sentence."""
    which = "1 test was" if count == 1 else f"{count} tests were"
    return f"{which} made again, as the cluster moved journals meanwhile"


def sentence(result: Mapping[str, Any]) -> str:
    """How often a test was made again and what moved; empty where it was not."""
    retries = result.get(RETRIES, ())
    if not retries:
        return ""
    moved = list(dict.fromkeys(name for each in retries for name in each["moved"]))
    rest = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
    return f"attempt {len(retries) + 1}, as the cluster moved {moved[0]}{rest}"

"""The attempts at a test before the one that counts, in words."""

from collections.abc import Iterator

from reports.model import Report, Retry, Test

NAMED = 3
"""How many of the journals that moved are named."""
ENDS = {"failed": "failed", "error": "could not decide"}


def told(test: Test) -> Iterator[str]:
    """Yield a sentence per attempt at `test` that did not count."""
    for number, retry in enumerate(test.retries, start=1):
        yield f"Attempt {number} {circumstances(retry)}: {retry.message}"


def circumstances(retry: Retry) -> str:
    """Return how an attempt ended, and what moved meanwhile."""
    rest = len(retry.moved) - NAMED
    moved = ", ".join(retry.moved[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
    return f"{ENDS[retry.outcome]} while the cluster moved {moved or 'a journal'}"


def total(report: Report) -> str:
    """Return how many tests were made again as a sentence, empty where none was."""
    count = report.footer.retried
    which = "1 test was" if count == 1 else f"{count} tests were"
    return f"{which} made again, as the cluster moved journals meanwhile" if count else ""

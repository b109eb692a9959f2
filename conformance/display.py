"""What a run shows while it runs, and at its end."""

import textwrap
from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.results import counts
from conformance.retries import sentence, total
from conformance.verdict import Run, Verdict

STYLES = {"passed": "green", "failed": "bold red", "error": "bold magenta", "known": "yellow"}
CALL_WIDTH = 180
SHOWN_REASONS = 20


class Display:
    """Progress of a run: a bar on a terminal, a line per test elsewhere."""

    def __init__(self, console: Console, expected: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("checking", total=expected)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def test(self, result: Mapping[str, Any], *, known_failing: bool) -> None:
        """Shows that a test ended, and at which attempt; a failure is told in full."""
        outcome = result["outcome"]
        known = known_failing and outcome == "failed"
        word = "known-failing" if known else outcome
        again = sentence(result)
        line = f"{word:8} {' '.join(result['requirements'])}  {result['test']}"
        line += f"  ({again})" if again else ""
        if outcome != "passed" or again or not self._console.is_terminal:
            style = STYLES["known" if known else outcome]
            self._console.print(escape(line), style=style, soft_wrap=True, highlight=False)
        if outcome == "failed" and not known:
            self._plain(failure_text(result["failure"]))
        if outcome == "error":
            self._plain(textwrap.indent(result["error"]["where"], "    "))
        self._progress.advance(self._task)

    def _plain(self, text: str) -> None:
        self._console.print(escape(text), soft_wrap=True, highlight=False)


def failure_text(failure: Mapping[str, Any]) -> str:
    """A failure in full: sentence, expected, got, the calls made, and how to rerun it."""
    lines = [
        f"  requirement  {failure['requirement']}",
        f"  sentence     {failure['sentence']}",
        f"  expected     {failure['expected']}",
        f"  got          {failure['got']}",
        *(f"               {line}" for line in failure["message"].splitlines()[1:]),
        "  calls",
        *(f"    {line}" for call in failure["calls"] for line in _call_lines(call)),
        f"  rerun        {failure['rerun']}",
    ]
    return "\n".join(lines)


def _call_lines(call: Mapping[str, Any]) -> list[str]:
    end = f"{call['code'] or 'still open'} {call['details']}".strip()
    lines = [f"{call['rpc']} at {call['target']}: {end} ({call['took_s']:.3f} s)"]
    for arrow, messages in (("→", call["requests"]), ("←", call["responses"])):
        lines += [f"  {arrow} {_shortened(message)}" for message in messages]
    return lines


def _shortened(message: Any) -> str:
    text = str(message)
    return text if len(text) <= CALL_WIDTH else f"{text[:CALL_WIDTH]}…"


def show_verdict(console: Console, run: Run, verdict: Verdict) -> None:
    """Prints counts, reasons and the verdict."""
    found = counts(run, verdict)
    for kind, numbers in found.items():
        told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(numbers.items()))
        console.print(f"{kind}: {told or 'none'}", highlight=False, soft_wrap=True)
    if run.retried:
        console.print(total(len(run.retried)), highlight=False, soft_wrap=True)
    for reason in verdict.reasons[:SHOWN_REASONS]:
        console.print(escape(f"  {reason}"), highlight=False, soft_wrap=True)
    if len(verdict.reasons) > SHOWN_REASONS:
        console.print(f"  and {len(verdict.reasons) - SHOWN_REASONS} more", highlight=False)
    style = "bold green" if verdict.exit_code == 0 else "bold red"
    console.print(f"verdict: {verdict.name} (exit {verdict.exit_code})", style=style)

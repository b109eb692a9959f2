"""`gazette-conformance selftest`."""

import concurrent.futures
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.catalogue import load
from conformance.errors import ConfigurationError
from conformance.inventory import collect
from conformance.plan import TestCase
from conformance.selftest.lies import Lie, learn
from conformance.selftest.score import Score, ScoreFile
from conformance.selftest.trial import STAGES, Trial, try_lie
from conformance.settings import SEED_BITS, new_seed

SCRIPTS = 12
"""About how many failures are reproduced by their scripts."""
ROUNDS = 10
"""Rounds through all lies: those of an area, which often wait alike, are tried apart."""
RESULTS = Path("selftest-results.jsonl")
STYLES = {"cited": "green", "caught": "yellow", "survived": "bold red"}


@click.command()
@click.option("--lies", "patterns", multiple=True, metavar="PATTERN", help="Only these (glob).")
@click.option("-n", "workers", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**SEED_BITS - 1), help="Repeats a selftest.")
@click.option(
    "--until",
    type=click.Choice(STAGES),
    default=STAGES[-1],
    show_default=True,
    help="What is run at most against a lie that no test has caught yet.",
)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def selftest(
    patterns: tuple[str, ...], workers: int, seed: int | None, until: str, results: Path
) -> None:
    """Tries the suite on mock brokers that break one rule each, and scores what it catches.

    Exits 0 where at least 98 % of them are caught, 90 % by an id that they cite; else 1.
    """
    seed = new_seed() if seed is None else seed
    lies, tests = learn(patterns), collect()
    check_citations(lies)
    file, began, trials = ScoreFile(results), time.monotonic(), []
    console = Console()
    with _progress(console) as progress:
        task = progress.add_task(f"seed {seed}", total=len(lies))
        for trial in run_trials(lies, tests, workers=workers, seed=seed, until=until):
            trials.append(trial)
            file.trial(trial)
            _show(console, trial)
            progress.advance(task)
    score = Score.of(trials, time.monotonic() - began)
    file.end(score, seed=seed)
    for line in score.lines():
        console.print(escape(line), highlight=False, soft_wrap=True)
    sys.exit(0 if score.passes else 1)


def check_citations(lies: Sequence[Lie]) -> None:
    """Refuses lies that cite what the catalogue lacks.

    Raises:
        ConfigurationError: names the first such lie.
    """
    catalogue = load()
    for lie in lies:
        for each in lie.caught_by:
            if each not in catalogue:
                raise ConfigurationError(
                    f"the lie {lie.name} cites {each}, which the catalogue lacks"
                )


def run_trials(
    lies: Sequence[Lie], tests: Sequence[TestCase], *, workers: int, seed: int, until: str
) -> Iterator[Trial]:
    """Tries all lies in processes of their own, and yields each trial as it ends."""
    context = multiprocessing.get_context("spawn")
    step = max(1, len(lies) // SCRIPTS)
    reproduced = lies[::step]
    with (
        compiling_once(),
        concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool,
    ):
        running = [
            pool.submit(try_lie, lie, tests, seed=seed, until=until, reproduce=lie in reproduced)
            for first in range(ROUNDS)
            for lie in lies[first::ROUNDS]
        ]
        try:
            for done in concurrent.futures.as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def compiling_once() -> Iterator[None]:
    """Has the interpreters started meanwhile, of which there are hundreds, share what they compile.

    They do anyway, unless the environment forbids this one to write bytecode.
    """
    if not sys.dont_write_bytecode:
        yield
        return
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _show(console: Console, trial: Trial) -> None:
    by = f"  by {trial.failure['requirement']}" if trial.failure else ""
    line = f"{trial.outcome:8} {trial.lie.name}{by}  ({trial.duration_s:.1f} s)"
    if trial.outcome != "cited" or not console.is_terminal:
        style = STYLES[trial.outcome]
        console.print(escape(line), style=style, soft_wrap=True, highlight=False)
    for error in trial.errors:
        console.print(escape(f"         error {error}"[:300]), soft_wrap=True, highlight=False)

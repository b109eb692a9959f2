"""`python -m reports`: result files in, reports out.

Exit codes: 0 done; 1 a regression, or a certificate that does not hold; 2 usage or input that
cannot be read, told in one sentence on stderr.
"""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click

from reports.errors import ReportsError, UnreadableError
from reports.reading import load

RESULTS = click.Path(dir_okay=False, path_type=Path)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with this package's errors told in one sentence, exit code 2."""

    @wraps(command)
    def telling(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except ReportsError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(2)

    return telling


def emit(text: str, out: Path | None) -> None:
    """Write `text` to the file `out`, whole or not at all, or to stdout.

    Raises:
        UnreadableError: The file cannot be written.
    """
    if out is None:
        click.echo(text.encode(errors="replace"), nl=False)
        return
    try:
        _replace(out, text)
    except OSError as error:
        raise UnreadableError(f"cannot write {out}: {error.strerror or error}") from error


def _replace(out: Path, text: str) -> None:
    with NamedTemporaryFile("wb", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
        try:
            file.write(text.encode(errors="replace"))
            file.close()
            Path(file.name).chmod(0o666 & ~_umask())
            Path(file.name).replace(out)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@click.group()
def main() -> None:
    """Turn result files of gazette-conformance into what people and machines read."""


def _simple(name: str, help_text: str) -> None:
    @main.command(name, help=help_text)
    @click.argument("results", type=RESULTS)
    @click.option("-o", "--out", type=RESULTS, help="Write to this file instead of stdout.")
    @told
    def command(results: Path, out: Path | None) -> None:
        emit(import_module(f"reports.{name}").render(load(results)), out)


_simple("html", "One self-contained HTML page.")
_simple("junit", "JUnit XML for build servers.")
_simple("markdown", "Markdown for the summary of a build.")
_simple("badge", "An SVG badge with verdict and counts.")


@main.command()
@click.argument("results", type=RESULTS)
@click.option("-o", "--out", type=RESULTS, help="Write to this file instead of stdout.")
@told
def text(results: Path, out: Path | None) -> None:
    """Text for a terminal or a log."""
    from reports import text as renderer  # noqa: PLC0415 - rich is imported where it is used

    terminal = out is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else 100
    colour = terminal and not os.environ.get("NO_COLOR")
    emit(renderer.render(load(results), width=max(width, 40), colour=colour), out)

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
from reports.reading import content_of, load, read

FILE = click.Path(dir_okay=False, path_type=Path)


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


def to_file(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with the option that names the file to write."""
    return click.option("-o", "--out", type=FILE, help="Write to this file, not to stdout.")(
        command
    )


def in_format(*formats: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds the choice among `formats`, the first being the default."""
    return click.option(
        "-f", "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True
    )


def _one_run(name: str, told_as: str) -> None:
    @main.command(name, help=told_as)
    @click.argument("results", type=FILE)
    @to_file
    @told
    def command(results: Path, out: Path | None) -> None:
        emit(import_module(f"reports.{name}").render(load(results)), out)


_one_run("html", "One self-contained HTML page.")
_one_run("junit", "JUnit XML for build servers.")
_one_run("markdown", "Markdown for the summary of a build.")
_one_run("badge", "An SVG badge with verdict and counts.")


@main.command()
@click.argument("results", type=FILE)
@to_file
@told
def text(results: Path, out: Path | None) -> None:
    """Text for a terminal or a log."""
    renderer = import_module("reports.text")
    terminal = out is None and sys.stdout.isatty()
    width = max(shutil.get_terminal_size().columns, 40) if terminal else 100
    colour = terminal and not os.environ.get("NO_COLOR")
    emit(renderer.render(load(results), width=width, colour=colour), out)


@main.command()
@click.argument("results", type=FILE, nargs=-1, required=True)
@in_format("html", "markdown")
@to_file
@told
def matrix(results: tuple[Path, ...], form: str, out: Path | None) -> None:
    """Several runs side by side: targets or versions by requirement."""
    renderer = import_module("reports.matrix")
    table = renderer.side_by_side([(path.stem, load(path)) for path in results])
    emit(getattr(renderer, form)(table), out)


@main.command()
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@in_format("text", "markdown")
@to_file
@told
def compare(before: Path, after: Path, form: str, out: Path | None) -> None:
    """What changed between two runs; exit code 1 if something got worse."""
    renderer = import_module("reports.compare")
    comparison = renderer.compare(load(before), load(after))
    emit(getattr(renderer, form)(comparison), out)
    sys.exit(1 if comparison.regressions else 0)


@main.command()
@click.argument("results", type=FILE)
@in_format("json", "text")
@to_file
@told
def certificate(results: Path, form: str, out: Path | None) -> None:
    """A statement to publish: what was run on what, with digests, and the verdict."""
    writer = import_module("reports.certificate")
    content = content_of(results)
    issued = writer.issue(read(content.splitlines(), source=results.name), content)
    emit(writer.text(issued) if form == "text" else writer.encode(issued), out)


@main.command()
@click.argument("certificate_file", metavar="CERTIFICATE", type=FILE)
@click.argument("results", type=FILE)
@told
def verify(certificate_file: Path, results: Path) -> None:
    """Whether a certificate holds for a result file; exit code 1 if it does not."""
    reader = import_module("reports.certificate")
    stated = reader.decode(content_of(certificate_file), source=certificate_file.name)
    content = content_of(results)
    report = read(content.splitlines(), source=results.name)
    problems = list(reader.verify(stated, report, content))
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo(f"the certificate holds: {report.footer.verdict}, {report.header.profile.name}")

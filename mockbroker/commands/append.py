"""`mockbroker journals append`: one append of whatever is given."""

from collections.abc import Iterator
from typing import IO, Final

import click

from mockbroker.commands.connection import Connection, broker_options, expect_ok
from mockbroker.commands.output import print_json
from protocol import AppendRequest, AppendResponse, LabelSelector, LabelSet, Status
from protocol.labels import add, parse_selector, selector_text
from protocol.validate import validate

_CHUNK: Final = 128 << 10


def _registers(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> LabelSet | None:
    del context
    labels = LabelSet()
    for register in given:
        name, equals, value = register.partition("=")
        if not equals:
            raise click.BadParameter(f"{register!r} is not NAME=VALUE", param=parameter)
        labels = add(labels, name, value)
    return labels if given else None


@click.command()
@click.argument("journal")
@click.argument("content", type=click.File("rb"), default="-")
@click.option("--offset", type=click.IntRange(0), default=0, help="Offset it must begin at.")
@click.option("--check", metavar="SELECTOR", help="What the registers must match.")
@click.option(
    "--set", "union", multiple=True, callback=_registers, metavar="NAME=VALUE", help="Register."
)
@click.option(
    "--unset", "subtract", multiple=True, callback=_registers, metavar="NAME=VALUE", help="No more."
)
@click.option("--json", "as_json", is_flag=True, help="The response in one line of JSON.")
@broker_options
def append(
    broker: Connection,
    *,
    journal: str,
    content: IO[bytes],
    offset: int,
    check: str | None,
    union: LabelSet | None,
    subtract: LabelSet | None,
    as_json: bool,
) -> None:
    """Appends CONTENT, a file or standard input, to JOURNAL: all of it or nothing."""
    first = AppendRequest(
        journal=journal,
        offset=offset,
        check_registers=None if check is None else parse_selector(check),
        union_registers=union,
        subtract_registers=subtract,
    )
    validate(first)
    response = broker.send("Append", first, _requests(first, content))
    if as_json:
        print_json(response)
    expect_ok(response, journal, _detail(response))
    if not as_json:
        commit = response.commit
        click.echo(f"appended {commit.end - commit.begin} bytes: [{commit.begin}, {commit.end})")


def _requests(first: AppendRequest, content: IO[bytes]) -> Iterator[AppendRequest]:
    yield first
    while chunk := content.read(_CHUNK):
        yield AppendRequest(content=chunk)
    yield AppendRequest()


def _detail(response: AppendResponse) -> str:
    """What a refusal tells besides its status."""
    if response.status == Status.REGISTER_MISMATCH:
        held = selector_text(LabelSelector(include=response.registers))
        return f"registers are {held}" if held else "there are no registers"
    return response.store_health_error

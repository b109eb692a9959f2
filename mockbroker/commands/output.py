"""What commands print: tables for people, and one line of JSON per response for scripts."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

_WIDE: Final = 10_000
"""Columns of what is no terminal: nothing is cut or wrapped."""


def print_json(message: Message) -> None:
    """Prints a response in one line, by the field names of the wire, defaults included."""
    plain: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    click.echo(json.dumps(plain, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table; columns whose name begins with `#` are numbers, set to the right."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            column.removeprefix("#"),
            justify="right" if column.startswith("#") else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console.print(table, soft_wrap=not console.is_terminal)

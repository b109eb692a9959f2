"""`mockbroker journals list`: which journals there are, and who serves them."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import click

from mockbroker.commands.connection import Connection, broker_options, expect_ok
from mockbroker.commands.output import print_json, print_table
from mockbroker.commands.tree import dump, tree_of
from protocol import CompressionCodec, JournalSpec, ListRequest, ListResponse, Route
from protocol.labels import parse_selector
from protocol.text import duration_text, nanoseconds

_COLUMNS = (
    "NAME",
    "#REVISION",
    "#RF",
    "CODEC",
    "#LENGTH",
    "FLUSH",
    "SUSPENDED",
    "PRIMARY",
    "REPLICAS",
)

Show = Callable[[list[ListResponse]], None]
"""Prints the responses of one snapshot."""


@click.command("list")
@click.option("-l", "--selector", default="", help="Labels of the journals, as `prefix=acme/`.")
@click.option("--watch", is_flag=True, help="Keep on, and print every change.")
@click.option("--json", "form", flag_value="json", help="One line of JSON per response.")
@click.option("--yaml", "form", flag_value="yaml", help="A tree of specifications, for apply.")
@broker_options
def list_journals(broker: Connection, selector: str, watch: bool, form: str | None) -> None:
    """Lists journals with their specifications, revisions and brokers."""
    request = ListRequest(selector=parse_selector(selector), watch=watch)
    responses = broker.call("List", request, timed=not watch)
    show = {"json": _show_json, "yaml": _show_yaml}.get(form or "", _show_table)
    try:
        _show_snapshots(responses, show, watch)
    except KeyboardInterrupt:
        responses.cancel()


def _show_snapshots(responses: Any, show: Show, watch: bool) -> None:
    """Shows every snapshot of a watch, which ends with an empty response; else all there is."""
    snapshot: list[ListResponse] = []
    for response in responses:
        if not snapshot:
            expect_ok(response, "list")
        if watch and snapshot and not response.journals:
            show(snapshot)
            snapshot = []
        else:
            snapshot.append(response)
    if snapshot:
        show(snapshot)


def _show_json(snapshot: list[ListResponse]) -> None:
    for response in snapshot:
        print_json(response)


def _show_yaml(snapshot: list[ListResponse]) -> None:
    listed = ((journal.spec, journal.mod_revision) for journal in _journals(snapshot))
    click.echo(dump(tree_of(listed)), nl=False)


def _show_table(snapshot: list[ListResponse]) -> None:
    print_table(_COLUMNS, [_row(journal) for journal in _journals(snapshot)])


def _journals(snapshot: list[ListResponse]) -> Any:
    return chain.from_iterable(response.journals for response in snapshot)


def _row(journal: ListResponse.Journal) -> tuple[object, ...]:
    spec, route = journal.spec, journal.route
    members = [f"{member.zone}/{member.suffix}" for member in route.members]
    return (
        spec.name,
        journal.mod_revision,
        spec.replication,
        CompressionCodec.Name(spec.fragment.compression_codec),
        spec.fragment.length,
        duration_text(nanoseconds(spec.fragment.flush_interval)),
        _suspension(spec),
        _primary(route, members),
        ", ".join(name for index, name in enumerate(members) if index != route.primary),
    )


def _suspension(spec: JournalSpec) -> str:
    if not spec.suspend.level:
        return ""
    return f"{JournalSpec.Suspend.Level.Name(spec.suspend.level)} at {spec.suspend.offset}"


def _primary(route: Route, members: list[str]) -> str:
    return members[route.primary] if 0 <= route.primary < len(members) else "none"

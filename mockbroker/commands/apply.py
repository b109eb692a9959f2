"""`mockbroker journals apply`: create, change and delete journals by their specifications."""

from collections.abc import Iterator
from typing import IO

import click

from mockbroker.commands.connection import Connection, broker_options, expect_ok
from mockbroker.commands.output import print_json
from mockbroker.commands.tree import changes_of, load
from protocol import ApplyRequest


@click.command()
@click.argument("specs", type=click.File(encoding="utf-8"), default="-")
@click.option("--dry-run", is_flag=True, help="Print the request as JSON, and send nothing.")
@click.option(
    "--max-txn-size",
    type=click.IntRange(0),
    default=0,
    help="Changes per request; 0 sends all in one, all or nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per response.")
@broker_options
def apply(
    broker: Connection, specs: IO[str], dry_run: bool, max_txn_size: int, as_json: bool
) -> None:
    """Applies a YAML tree of specifications, from SPECS or standard input.

    A journal's `revision` is the one it must be at: as listed, -1 for any, 0 to create it.
    `delete: true` deletes it. Directories, whose names end in /, pass their settings down.
    """
    request = changes_of(load(specs.read()))
    if dry_run:
        print_json(request)
        return
    for batch in _batches(request, max_txn_size or len(request.changes)):
        response = broker.call("Apply", batch)
        if as_json:
            print_json(response)
        expect_ok(response, "apply")
        if not as_json:
            changed = len(batch.changes)
            click.echo(f"applied {changed} changes at revision {response.header.etcd.revision}")


def _batches(request: ApplyRequest, size: int) -> Iterator[ApplyRequest]:
    for begin in range(0, len(request.changes), size):
        yield ApplyRequest(changes=request.changes[begin : begin + size])

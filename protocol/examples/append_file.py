"""Append files: each whole or not at all, and tell where it is."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from protocol import Fragment
from protocol.client import ClientError, SyncJournalClient


def append_files(
    client: SyncJournalClient, journal: str, paths: Iterable[Path]
) -> Iterator[tuple[Path, Fragment]]:
    """Appends one file after the other, and yields each with where it is in the journal."""
    for path in paths:
        with path.open("rb") as file:
            response = client.append(journal, file)
        yield path, response.commit


@click.command(help=__doc__)
@click.argument("address")
@click.argument("journal")
@click.argument(
    "paths",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
def main(address: str, journal: str, paths: tuple[Path, ...]) -> None:
    """Appends files."""
    try:
        with SyncJournalClient.connect(address) as client:
            for path, commit in append_files(client, journal, paths):
                click.echo(f"{path}: {commit.begin} to {commit.end}")
    except ClientError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()

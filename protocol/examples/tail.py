"""Tail a journal: print its content, and then what is appended, for as long as it runs."""

import asyncio
import sys
from typing import BinaryIO

import click

from protocol.client import ClientError, JournalClient


async def tail(
    client: JournalClient, journal: str, out: BinaryIO, *, offset: int = 0, end_offset: int = 0
) -> int:
    """Writes content to `out` as it comes, and returns the offset of what comes next.

    Args:
        client: A client.
        journal: The journal.
        out: Where content goes.
        offset: Where to begin; -1 for the write head.
        end_offset: Where to end; 0 for never.
    """
    async for chunk in client.read(journal, offset, end_offset=end_offset, block=True):
        if chunk.skipped:
            click.echo(f"{chunk.skipped} bytes before {chunk.offset} are gone", err=True)
        out.write(chunk.content)
        out.flush()
        offset = chunk.end
    return offset


@click.command(help=__doc__)
@click.argument("address")
@click.argument("journal")
@click.option("--offset", default=0, help="Where to begin; -1 for the write head.")
@click.option("--end-offset", default=0, help="Where to end; 0 for never.")
def main(address: str, journal: str, offset: int, end_offset: int) -> None:
    """Tails a journal."""

    async def run() -> None:
        async with JournalClient.connect(address) as client:
            await tail(client, journal, sys.stdout.buffer, offset=offset, end_offset=end_offset)

    try:
        asyncio.run(run())
    except ClientError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()

"""Mirror journals of one cluster into another, byte by byte, with a progress bar.

What was mirrored before is not copied again, so it can be run any number of times. Each
append requires the offset at which the copy goes on, so nothing is ever there twice.
"""

import asyncio
from collections.abc import Callable

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from protocol import ApplyRequest, JournalSpec
from protocol.client import ClientError, JournalClient, OutcomeUnknownError


class GapError(Exception):
    """The source no longer has content that the target lacks."""


async def mirror(
    source: JournalClient,
    target: JournalClient,
    journal: str,
    copied: Callable[[int, int], None],
) -> int:
    """Copies a journal up to its present end, and returns that.

    Args:
        source: A client of the cluster to copy from.
        target: A client of the cluster to copy to, which has the journal.
        journal: The journal.
        copied: Is told how many bytes are there, and how many there are to be.

    Raises:
        GapError: The source no longer has what is to be copied next.
    """
    end = await source.write_head(journal)
    at = await target.write_head(journal)
    while at < end:
        copied(at, end)
        async for chunk in source.read(journal, at, end_offset=end, block=True):
            if chunk.offset != at:
                raise GapError(f"{journal}: bytes {at} to {chunk.offset} are gone")
            try:
                await target.append(journal, chunk.content, offset=at)
            except OutcomeUnknownError:
                break
            at = chunk.end
            copied(at, end)
        at = await target.write_head(journal)
    copied(at, end)
    return at


async def create(target: JournalClient, spec: JournalSpec) -> None:
    """Creates a journal with the same specification, if there is none of its name."""
    if not (await target.list(f"name={spec.name}")).journals:
        await target.apply([ApplyRequest.Change(upsert=spec)])


async def mirror_all(
    source: JournalClient, target: JournalClient, selector: str, progress: Progress
) -> int:
    """Mirrors the journals that match, all at the same time; returns how many these are."""

    async def one(spec: JournalSpec) -> None:
        task = progress.add_task(spec.name)
        await create(target, spec)
        await mirror(
            source,
            target,
            spec.name,
            lambda done, total: progress.update(task, completed=done, total=total),
        )

    listing = await source.list(selector)
    async with asyncio.TaskGroup() as group:
        for journal in listing.journals:
            group.create_task(one(journal.spec))
    return len(listing.journals)


@click.command(help=__doc__)
@click.argument("source")
@click.argument("target")
@click.argument("selector")
def main(source: str, target: str, selector: str) -> None:
    """Mirrors journals."""

    async def run() -> int:
        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
        with Progress(*columns, TransferSpeedColumn()) as progress:
            async with (
                JournalClient.connect(source) as from_,
                JournalClient.connect(target) as to,
            ):
                return await mirror_all(from_, to, selector, progress)

    try:
        count = asyncio.run(run())
    except* (ClientError, GapError) as group:
        raise click.ClickException("; ".join(map(str, group.exceptions))) from group
    click.echo(f"mirrored {count} journals")


if __name__ == "__main__":
    main()

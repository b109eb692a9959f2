"""Thousands of appends and their readers, while brokers are killed and primaries move.

`GAZETTE_UPHEAVAL_APPENDS` says how many appends; `GAZETTE_UPHEAVAL_SEED` what happens meanwhile.
"""

import asyncio
import os
import random
from typing import Any

import pytest

from mockbroker import SyncMockCluster
from mockbroker.core.broker import Settings
from mockbroker.tests.client.upheaval import Recorder, Story, follow, spec, upset, write
from protocol.client import JournalClient

_JOURNALS = 8
_APPENDS = int(os.environ.get("GAZETTE_UPHEAVAL_APPENDS", "500"))
_SEED = int(os.environ.get("GAZETTE_UPHEAVAL_SEED", "20"))


async def _content(client: JournalClient, journal: str) -> bytes:
    head = (await client.append(journal, b"")).commit.end
    chunks = client.read(journal, block=True, end_offset=head)
    return b"".join([chunk.content async for chunk in chunks])


async def _run(cluster: Any, stories: list[Story]) -> dict[str, bytes]:
    """Has everything happen, and returns what the journals then hold."""
    address = cluster.brokers[0].endpoint
    chance = random.Random(_SEED)
    journals = [story.journal for story in stories]
    root = str(cluster.file_root)
    async with (
        JournalClient.connect(address, timeout=30) as client,
        JournalClient.connect(address, timeout=30, zone="zone-1", file_root=root) as reader,
    ):
        readings = [asyncio.ensure_future(follow(reader, story)) for story in stories]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(upset(cluster, journals, chance, over))
            await _written(client, stories)
            over.set()
        contents = {story.journal: await _content(reader, story.journal) for story in stories}
        for story, reading in zip(stories, readings, strict=True):
            await _ended(reading, story, len(contents[story.journal]))
    return contents


async def _written(client: JournalClient, stories: list[Story]) -> None:
    """Returns when all records were tried."""
    records = _APPENDS // _JOURNALS
    chances = [random.Random(index) for index in range(_JOURNALS)]
    await asyncio.gather(
        *(
            write(client, story, records, chance)
            for story, chance in zip(stories, chances, strict=True)
        )
    )


async def _ended(reading: "asyncio.Future[None]", story: Story, length: int) -> None:
    """Waits until all was read, and ends the reading."""
    async with asyncio.timeout(60):
        await story.seen_up_to(length)
    reading.cancel()
    (ended,) = await asyncio.gather(reading, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError), ended


@pytest.mark.timeout(600)
@pytest.mark.mock_cluster(brokers=3, lease=0.3, seed=_SEED, settings=Settings(persist_delay=0.1))
def test_each_byte_once(mock_cluster: SyncMockCluster) -> None:
    """What was reported as committed stands once and where it was said, and is read once."""
    stories = [Story(f"a/journal-{index}") for index in range(_JOURNALS)]
    mock_cluster.apply(*(spec(story.journal) for story in stories))
    recorder = Recorder(mock_cluster.cluster, default=0)
    mock_cluster.cluster.interceptor = recorder

    contents = asyncio.run(_run(mock_cluster, stories))

    for story in stories:
        content = contents[story.journal]
        for record, begin in story.committed.items():
            assert content[begin : begin + len(record)] == record
            assert story.seen[begin : begin + len(record)] == record
            assert content.count(record) == 1
        assert all(content.count(record) <= 1 for record in story.unknown)
        assert not any(record in content for record in story.refused)
    assert recorder.repeated == []
    assert sum(len(story.committed) for story in stories) > _APPENDS * 0.9

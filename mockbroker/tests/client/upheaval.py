"""A cluster in upheaval, from a seed, and clients that append and read meanwhile."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from mockbroker.blocking import SyncMockCluster
from mockbroker.cluster import MockCluster
from mockbroker.core.allocator import is_consistent
from mockbroker.rpc.interceptor import Call
from protocol import CompressionCodec, Duration, JournalSpec
from protocol.client import ClientError, JournalClient, OutcomeUnknownError


class Recorder:
    """Sees every call that a client makes to a broker, and whether that could serve it.

    Appends are served by the journal's primary and reads by its members; any broker
    forwards what it cannot serve. A call that is not the first of its kind at a broker that
    cannot serve it, since the journal's route last changed, counts as `repeated`.
    """

    def __init__(self, cluster: MockCluster, default: int) -> None:
        self.calls: Counter[str] = Counter()
        self.misled: Counter[tuple[str, str, int, int]] = Counter()
        self._cluster = cluster
        self._default = default

    @property
    def repeated(self) -> list[tuple[str, str, int, int]]:
        """What was sent more than once, while the route stood, to who could not serve it."""
        return [key for key, count in self.misled.items() if count > 1]

    def begin(self, call: Call) -> None:
        """Counts a call; peers' calls and other RPCs don't count."""
        if call.proxied or call.rpc not in {"Append", "Read"} or call.broker == self._default:
            return
        self.calls[call.rpc] += 1
        id_ = self._cluster.brokers[call.broker].id
        route = tuple(self._cluster.etcd.truth.assignments.get(call.journal, ()))
        slots = {each.id: each.slot for each in route}
        if slots.get(id_, 9) > (0 if call.rpc == "Append" else 8):
            since = max((each.create_revision for each in route), default=0)
            self.misled[call.rpc, call.journal, call.broker, since] += 1


def spec(journal: str) -> JournalSpec:
    """Three replicas, and small fragments in a store."""
    return JournalSpec(
        name=journal,
        replication=3,
        fragment=JournalSpec.Fragment(
            length=1 << 16,
            compression_codec=CompressionCodec.SNAPPY,
            stores=["file:///"],
            refresh_interval=Duration(seconds=1),
        ),
    )


@dataclass
class Story:
    """What became of each append to a journal, and what a reader saw.

    Attributes:
        committed: Where each record begins whose append was reported as committed.
        unknown: Records whose outcome nobody told.
        refused: Records whose append failed, and why.
        seen: What was read while the records were appended.
    """

    journal: str
    committed: dict[bytes, int] = field(default_factory=dict)
    unknown: set[bytes] = field(default_factory=set)
    refused: dict[bytes, ClientError] = field(default_factory=dict)
    seen: bytearray = field(default_factory=bytearray)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def see(self, content: bytes) -> None:
        """Takes what was read next."""
        self.seen += content
        self._grown.set()

    async def seen_up_to(self, length: int) -> None:
        """Waits until that much was read."""
        while len(self.seen) < length:
            self._grown.clear()
            await self._grown.wait()


async def write(client: JournalClient, story: Story, records: int, chance: random.Random) -> None:
    """Appends records, one after the other, and keeps what the client says of each."""
    for index in range(records):
        record = b"%s/%d:%s\n" % (story.journal.encode(), index, b"x" * chance.randrange(500))
        try:
            response = await client.append(story.journal, record)
        except OutcomeUnknownError:
            story.unknown.add(record)
        except ClientError as error:
            story.refused[record] = error
        else:
            story.committed[record] = response.commit.begin


async def follow(client: JournalClient, story: Story) -> None:
    """Reads all that is appended, until it is cancelled."""
    async for chunk in client.read(story.journal, block=True):
        assert chunk.offset == len(story.seen), "a byte came twice, or not at all"
        story.see(chunk.content)


async def upset(
    cluster: SyncMockCluster, journals: list[str], chance: random.Random, over: asyncio.Event
) -> None:
    """Kills and restarts brokers but the first, and moves primaries, until it is over.

    Each journal's replicas are first brought in line: of three, two that have just begun may
    fall with the third, and then an operator must say where the journal goes on.
    """
    while not over.is_set():
        await asyncio.sleep(chance.uniform(0.05, 0.4))
        await _in_line(cluster.cluster, journals)
        if chance.random() < 0.6:
            journal = chance.choice(journals)
            await asyncio.to_thread(cluster.move_primary, journal, chance.randrange(3))
            continue
        victim = chance.randrange(1, 3)
        await asyncio.to_thread(cluster.kill, victim)
        await asyncio.sleep(chance.uniform(0.05, 0.5))
        await asyncio.to_thread(cluster.restart, victim)


async def _in_line(cluster: MockCluster, journals: list[str]) -> None:
    def in_line(journal: str) -> bool:
        assigned = cluster.etcd.truth.assignments.get(journal, ())
        return len(assigned) == 3 and is_consistent(assigned)

    settled = False
    while not settled:
        await asyncio.sleep(0.01)
        settled = all(map(in_line, journals))

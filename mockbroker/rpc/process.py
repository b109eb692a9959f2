"""What runs one broker, from its start to its end."""

import asyncio
from collections import Counter
from typing import Any

import protocol as pb
from mockbroker.clock import Clock
from mockbroker.core.actions import Script
from mockbroker.core.broker import Broker
from mockbroker.core.peer import PeerStream
from mockbroker.rpc import peers
from mockbroker.rpc.files import Files
from mockbroker.rpc.interceptor import Call, Honest, Interceptor
from mockbroker.rpc.peers import Channels
from mockbroker.rpc.runner import Runner
from protocol.auth import Capability, Claims, Keys

TOKEN_LIFETIME = 60 * 60
"""Seconds for which brokers sign tokens to each other."""


class Process:
    """Runs one broker.

    Attributes:
        broker: The broker; set once, right after construction.
        runner: Performs actions.
        interceptor: Who may tap its calls.

    Args:
        index: The broker's number in its cluster.
        clock: Time.
        files: Fragments in stores.
        keys: Keys of tokens, where they are demanded.
        channels: Channels to peers.
    """

    broker: Broker

    def __init__(
        self,
        index: int,
        clock: Clock,
        files: Files,
        *,
        keys: Keys | None = None,
        channels: Channels | None = None,
    ) -> None:
        self.index = index
        self.clock = clock
        self.runner = Runner(clock, files)
        self.channels = channels or Channels()
        self.interceptor: Interceptor = Honest()
        self._keys = keys
        self._calls: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.clock.now()

    def spawn(self, script: Script) -> None:
        """Runs a script of the broker's own."""
        self._start(self.runner.background(script))

    def dial(self, stream: PeerStream) -> None:
        """Carries a Replicate stream."""

        def metadata() -> tuple[tuple[str, str], ...]:
            return self.peer_metadata(Capability.REPLICATE, stream.journal)

        self._start(peers.carry(stream, self.channels, metadata))

    def begin(self, rpc: str, metadata: dict[str, str]) -> Call:
        """Counts a call."""
        self._calls[rpc] += 1
        return Call(rpc, self.index, self._calls[rpc], metadata=metadata)

    def peer_metadata(self, capability: int, journal: str) -> tuple[tuple[str, str], ...]:
        """Returns the token with which this broker calls its peers about a journal."""
        if self._keys is None:
            return ()
        selector = pb.LabelSelector()
        selector.include.labels.add(name="name", value=journal)
        claims = Claims(Capability(capability), selector)
        token = self._keys.authorization(claims, now=self.now(), lifetime=TOKEN_LIFETIME)
        return (("authorization", token),)

    async def aclose(self) -> None:
        """Ends all that runs for the broker."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.channels.aclose()

    def _start(self, coroutine: Any) -> None:
        if self._closed:
            coroutine.close()
            return
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

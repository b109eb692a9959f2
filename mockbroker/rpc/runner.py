"""Runs scripts of the core: performs their actions, and sends them what came of it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from mockbroker.clock import Clock
from mockbroker.core.actions import (
    AbortError,
    CheckStore,
    Committed,
    ListStore,
    OpenFragment,
    Persist,
    ReadFragment,
    Script,
    SignUrl,
    Wait,
)
from mockbroker.core.signal import Signal
from mockbroker.rpc.files import Files
from mockbroker.store import StoreFailedError

_LOG = logging.getLogger(__name__)
Perform = Callable[[Any], Coroutine[Any, Any, Any]]


class Runner:
    """Performs what needs no call: waiting, and stores.

    Args:
        clock: Time.
        files: Fragments in stores.
    """

    def __init__(self, clock: Clock, files: Files) -> None:
        self.clock = clock
        self._performers: dict[type, Perform] = {
            Wait: self.wait,
            CheckStore: files.check,
            ListStore: files.list,
            SignUrl: files.sign,
            OpenFragment: files.open,
            ReadFragment: files.read,
            Persist: files.persist,
            Committed: self._committed,
        }

    def performers(self) -> dict[type, Perform]:
        """Returns who performs which action; a caller may add to it."""
        return dict(self._performers)

    async def wait(self, action: Wait) -> bool:
        """Waits for a signal or the deadline."""
        return await wait(self.clock, action.signals, action.deadline)

    async def _committed(self, _action: Committed) -> None:
        return None

    async def background(self, script: Script) -> None:
        """Runs a script of the broker's own; nobody is told how it ends."""
        try:
            await run(script, self._performers)
        except AbortError as error:
            _LOG.info("a background script ended: %s", error)


async def run(script: Script, performers: dict[type, Perform]) -> None:
    """Runs a script to its end, and closes it where that is not its own.

    Raises what the script raises; a failing store is told to the script itself.
    """
    try:
        action = next(script)
        while True:
            try:
                outcome = await performers[type(action)](action)
            except StoreFailedError as error:
                action = script.throw(error)
            except AbortError as error:
                action = script.throw(error)
            else:
                action = script.send(outcome)
    except StopIteration:
        return
    finally:
        script.close()


async def wait(clock: Clock, signals: tuple[Signal, ...], deadline: float | None) -> bool:
    """Returns True once any signal fires, False once it is `deadline`."""
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(True)

    def expire() -> None:
        if not future.done():
            future.set_result(False)

    for signal in signals:
        signal.listen(wake)
    timer = None if deadline is None else clock.call_at(deadline, expire)
    try:
        return await future
    finally:
        for signal in signals:
            signal.forget(wake)
        if timer is not None:
            timer.cancel()

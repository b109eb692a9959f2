"""What a client may be told besides its channel."""

import random
import time
from collections.abc import Callable
from typing import TypedDict

from protocol.client.credentials import Credentials, Token
from protocol.client.routes import RouteCache
from protocol.client.session import Session
from protocol.client.transport import Transport


class Settings(TypedDict, total=False):
    """Settings of a client, all of which may be left out.

    Attributes:
        token: What authorizes calls: keys that sign a token for each, a token, or what
            returns one that is current.
        timeout: Seconds that a call may take with all its attempts, 60 if left out. Of
            reads and watches, for how long failures may go on.
        file_root: The directory of stores with `file` URLs, if it can be reached from here.
        routes: The cache of routes; left out, one of 4096 journals and a minute.
        clock: Tells the time in seconds.
        wall_clock: Tells seconds since the epoch.
        random: Returns a number from 0 up to 1, which spreads attempts.
    """

    token: Token | None
    timeout: float
    file_root: str | None
    routes: RouteCache
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    random: Callable[[], float]


_CACHED_JOURNALS = 4096
_CACHED_SECONDS = 60.0


def session_over(transport: Transport, settings: Settings) -> Session:
    """Returns the session of a client."""
    clock = settings.get("clock", time.monotonic)
    routes = settings.get("routes")
    return Session(
        transport=transport,
        routes=RouteCache(_CACHED_JOURNALS, _CACHED_SECONDS, clock) if routes is None else routes,
        credentials=Credentials(settings.get("token"), settings.get("wall_clock", time.time)),
        timeout=settings.get("timeout", 60.0),
        clock=clock,
        random=settings.get("random", random.random),
        file_root=settings.get("file_root"),
    )

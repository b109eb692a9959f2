"""What all calls of a client share: the transport, routes, tokens, and patience."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from protocol.client.credentials import Credentials
from protocol.client.errors import CallError, ClientError, OutcomeUnknownError, ResponseError
from protocol.client.outcomes import FEW, REDIRECTIONS, Verdict, delays, verdict_of
from protocol.client.routes import RouteCache
from protocol.client.transport import Place, Terms, Transport
from protocol.errors import ValidationError
from protocol.validate import validate
from protocol.wire.messages import Header, Route

MessageT = TypeVar("MessageT")

STREAM_TIMEOUT = 300.0
"""Seconds after which a stream is begun anew, lest it hang on a broker that is gone."""


@dataclass(frozen=True)
class Session:
    """A client's way to its cluster.

    Attributes:
        transport: Makes calls.
        routes: The known routes.
        credentials: Authorizes calls.
        timeout: Seconds that a call may take with all its attempts. Of reads and watches,
            for how long failures may go on.
        clock: Tells the time in seconds.
        random: Returns a number from 0 up to 1.
        file_root: The directory that stores with `file` URLs live in; None if there is none.
    """

    transport: Transport
    routes: RouteCache
    credentials: Credentials
    timeout: float
    clock: Callable[[], float]
    random: Callable[[], float]
    file_root: str | None = None

    def attempts(
        self,
        rpc: str,
        journal: str = "",
        *,
        timeout: float | None = None,
        lasting: bool = False,
    ) -> "Attempts":
        """The attempts at one call, none of which was made yet.

        Args:
            rpc: What is called.
            journal: The journal that it is about; empty for none.
            timeout: Seconds for all attempts; None for the session's.
            lasting: The call lasts, and its time runs only while it fails.
        """
        seconds = self.timeout if timeout is None else timeout
        return Attempts(self, rpc, journal, seconds, lasting=lasting)

    def learn(self, journal: str, header: Header) -> None:
        """Takes a response's header."""
        if journal:
            self.routes.learn(journal, header)


class Attempts:
    """Decides about further attempts, and how each is made."""

    def __init__(
        self, session: Session, rpc: str, journal: str, timeout: float, *, lasting: bool
    ) -> None:
        self._session = session
        self._rpc = rpc
        self._journal = journal
        self._timeout = timeout
        self._lasting = lasting
        self._route: Route | None = None
        self._deadline = session.clock() + timeout
        self.progress()

    def progress(self) -> None:
        """A stream got on: what failed before does not count."""
        self._delays = delays()
        self._failures = 0
        self._renewed = False
        self._redirected = False

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; never less than a moment."""
        return max(self._deadline - self._session.clock(), 0.001)

    def terms(
        self, request: Any, *, primary_required: bool = False, timeout: float | None = None
    ) -> Terms:
        """How the next attempt is made."""
        self._route = self._session.routes.get(self._journal) if self._journal else None
        return Terms(
            self.remaining if timeout is None else timeout,
            self._session.credentials.metadata(self._rpc, request),
            Place(self._route, primary_required),
        )

    async def failed(self, error: ClientError) -> None:
        """Waits for the time of the next attempt, if there is to be one.

        Raises:
            ClientError: There is not: it is `error`.
        """
        if _code_of(error) == "UNAVAILABLE":
            self._session.routes.forget(self._journal)
        if isinstance(error, CallError):
            error = CallError(error.code, error.details, journal=self._journal)
        if self._lasting and not self._failures:
            self._deadline = self._session.clock() + self._timeout
        delay = self._delay(error)
        if delay is None or self._session.clock() + delay >= self._deadline:
            raise error
        await self._session.transport.sleep(delay)

    async def pause(self) -> None:
        """Waits a moment, longer each time, after a stream that ended well but told nothing."""
        await self._session.transport.sleep(self._jittered())

    def _delay(self, error: ClientError) -> float | None:
        """Seconds until the next attempt; None for no further one."""
        if isinstance(error, CallError) and error.code == "UNAUTHENTICATED":
            again = self._session.credentials.renewable and not self._renewed
            self._renewed = True
            return 0.0 if again else None
        verdict = verdict_of(self._rpc, error)
        self._failures += 1
        if verdict is Verdict.FINAL or (verdict is Verdict.FEW and self._failures > FEW):
            return None
        if error.status in REDIRECTIONS and not self._redirected and self._rerouted():
            self._redirected = True
            return 0.0
        return self._jittered()

    def _jittered(self) -> float:
        return next(self._delays) * (0.8 + 0.4 * self._session.random())

    def _rerouted(self) -> bool:
        """Whether the next attempt goes by another route than the last one did."""
        return self._session.routes.get(self._journal) != self._route


def _code_of(error: BaseException | None) -> str:
    """The code of a call that failed, or of the one that left the outcome open."""
    if isinstance(error, OutcomeUnknownError):
        error = error.__cause__
    return error.code if isinstance(error, CallError) else ""


def check(message: MessageT, journal: str = "") -> MessageT:
    """Returns a response that keeps the rules of the protocol.

    Raises:
        ResponseError: It breaks one.
    """
    try:
        validate(message)  # type: ignore[arg-type] # every response is a message
    except ValidationError as error:
        kind = type(message).__name__
        raise ResponseError(f"invalid {kind}: {error}", journal=journal) from None
    return message

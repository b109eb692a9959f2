"""Read: content of a journal, over everything that ends a stream before its time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial

from protocol.client.content import PIECE
from protocol.client.errors import (
    CallError,
    ClientError,
    FragmentSchemeError,
    OffsetNotYetAvailableError,
    ResponseError,
    status_error,
)
from protocol.client.fetch import fetch_fragment
from protocol.client.position import Chunk, Position
from protocol.client.session import STREAM_TIMEOUT, Attempts, Session, check
from protocol.validate import validate
from protocol.wire.messages import ReadRequest, ReadResponse, Status

__all__ = ["Chunk", "read", "write_head"]


async def read(
    session: Session, request: ReadRequest, *, direct: bool
) -> AsyncGenerator[Chunk, None]:
    """Yields the content which `request` asks for, each byte once and in order.

    Args:
        session: The client's way to its cluster.
        request: What is asked for.
        direct: Whether fragments are fetched from their stores where that is possible.

    Raises:
        ValidationError: The request breaks a rule, and was not sent.
        ClientError: The journal cannot be read, or not for longer than the session's
            timeout.
    """
    validate(request)
    reader = _Reader(session, request, direct=direct)
    attempts = session.attempts("Read", request.journal, lasting=True)
    while not reader.done:
        try:
            async with aclosing(reader.stream(attempts)) as chunks:
                async for chunk in chunks:
                    attempts.progress()
                    yield chunk
        except FragmentSchemeError as error:
            reader.proxy_until(error.fragment.end)
        except ClientError as error:
            await attempts.failed(error)


async def write_head(session: Session, journal: str, timeout: float | None) -> int:
    """The end of `journal`, as a broker knows it.

    Raises:
        ClientError: No broker told.
    """
    request = ReadRequest(journal=journal, offset=-1, metadata_only=True)
    validate(request)
    attempts = session.attempts("Read", journal, timeout=timeout)
    while True:
        stream = session.transport.download("Read", request, attempts.terms(request))
        try:
            response = await stream.read()
            if response is None:
                raise ResponseError("the broker told nothing", journal=journal)
            with suppress(OffsetNotYetAvailableError):
                _take_header(session, journal, response)
            return int(response.offset)
        except ClientError as error:
            await attempts.failed(error)
        finally:
            stream.cancel()


def _take_header(session: Session, journal: str, response: ReadResponse) -> None:
    """Checks a response, and learns from it; raises if its status is not OK."""
    check(response, journal)
    if response.HasField("header"):
        session.learn(journal, response.header)
    if response.status != Status.OK:
        raise status_error(response, journal=journal)


class _Reader:
    """A read, over as many streams as it takes.

    Attributes:
        done: Everything that was asked for has been read.
    """

    def __init__(self, session: Session, request: ReadRequest, *, direct: bool) -> None:
        self._session = session
        self._request = request
        self._direct = direct
        self._proxied_until = 0
        self._position = Position(request.journal, request.offset, request.end_offset)
        self._ended = False

    @property
    def done(self) -> bool:
        return self._ended or self._position.at_end

    def proxy_until(self, offset: int) -> None:
        """Has brokers fetch what is before `offset`."""
        self._proxied_until = offset

    async def stream(self, attempts: Attempts) -> AsyncGenerator[Chunk, None]:
        """Yields what one call brings, and returns when another call should go on.

        Raises:
            ClientError: The call failed.
        """
        responses = self._responses(attempts)
        told, begin = False, self._position.offset
        async with aclosing(responses):
            async for response in responses:
                told = True
                if chunk := self._position.take(response):
                    yield chunk
        if self._position.fragment_url and not self.done:
            async with aclosing(self._fetched()) as chunks:
                async for chunk in chunks:
                    yield chunk
        if not self.done and self._position.offset == begin:
            await self._nothing(attempts, told=told)

    async def _nothing(self, attempts: Attempts, *, told: bool) -> None:
        """A call ended well, and brought no content, as only one that waits for it may."""
        if told or not self._request.block:
            problem = "announced content and sent none" if told else "told nothing"
            raise ResponseError(f"the broker {problem}", journal=self._request.journal)
        await attempts.pause()

    async def _responses(self, attempts: Attempts) -> AsyncGenerator[ReadResponse, None]:
        """Yields the valid responses of one call which are OK."""
        journal, block = self._request.journal, self._request.block
        request = self._next_request()
        self._position.restart()
        timeout = STREAM_TIMEOUT if block else min(STREAM_TIMEOUT, self._session.timeout)
        call = self._session.transport.download(
            "Read", request, attempts.terms(request, timeout=timeout)
        )
        told = False
        try:
            while (response := await call.read()) is not None:
                _take_header(self._session, journal, response)
                told = True
                yield response
        except OffsetNotYetAvailableError:
            self._ended = not block
        except CallError as error:
            if error.code != "DEADLINE_EXCEEDED" or not (told or block):
                raise
        finally:
            call.cancel()

    def _next_request(self) -> ReadRequest:
        request = ReadRequest()
        request.CopyFrom(self._request)
        request.offset = self._position.offset
        request.do_not_proxy = self._direct and self._position.offset >= self._proxied_until
        return request

    async def _fetched(self) -> AsyncGenerator[Chunk, None]:
        """Yields what is left of the fragment, from its store."""
        position, fragment = self._position, self._position.fragment
        assert fragment is not None, "a URL comes with its fragment"  # noqa: S101 - validated
        file = await self._session.transport.run(
            partial(
                fetch_fragment,
                fragment,
                position.fragment_url,
                timeout=self._session.timeout,
                clock=self._session.clock,
                file_root=self._session.file_root,
            )
        )
        with file:
            file.seek(position.offset - fragment.begin)
            while piece := position.within(file.read(PIECE)):
                if chunk := position.advance(piece):
                    yield chunk

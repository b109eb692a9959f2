"""Append: content goes to the journal's primary, once."""

import hashlib

from protocol.client.content import Source
from protocol.client.errors import (
    CallError,
    ClientError,
    OutcomeUnknownError,
    ResponseError,
    StatusError,
    status_error,
)
from protocol.client.outcomes import changed_nothing
from protocol.client.session import Attempts, Session, check
from protocol.fragments import digest_of
from protocol.releases import Release
from protocol.validate import validate
from protocol.wire.messages import AppendRequest, AppendResponse, Status


async def append(
    session: Session,
    request: AppendRequest,
    source: Source,
    *,
    at_least_once: bool,
    timeout: float | None,
) -> AppendResponse:
    """Appends content, and returns the response with which a broker told that it did.

    Attempts which surely changed nothing are repeated if that can help. One of which
    nobody knows is repeated only if content may stand twice.

    Args:
        session: The client's way to its cluster.
        request: The first message, without content.
        source: The content.
        at_least_once: Whether content may stand twice.
        timeout: Seconds for all attempts; None for the session's.

    Raises:
        ValidationError: The request breaks a rule, and was not sent.
        ClientError: Nothing was appended; or, as an OutcomeUnknownError, nobody knows.
    """
    validate(request, Release.NEWEST)
    attempts = session.attempts("Append", request.journal, timeout=timeout)
    while True:
        try:
            return await _attempt(session, attempts, request, source)
        except OutcomeUnknownError as error:
            if not at_least_once:
                raise
            await attempts.failed(error)
        except ClientError as error:
            await attempts.failed(error)


async def _attempt(
    session: Session, attempts: Attempts, request: AppendRequest, source: Source
) -> AppendResponse:
    sending = _Sending(session, attempts, request)
    try:
        await sending.send(source)
        response = await sending.upload.finish()
        _check(session, sending, request.journal, response)
    except (CallError, ResponseError) as error:
        if not sending.handed_over or (isinstance(error, CallError) and changed_nothing(error)):
            raise
        raise OutcomeUnknownError(
            f"the append may or may not have been committed ({error})",
            journal=request.journal,
            header=error.header,
            status=error.status,
            hint="read the journal to see, or append with at_least_once",
        ) from error
    except StatusError:
        raise
    except BaseException:
        sending.upload.cancel()
        raise
    return response  # type: ignore[no-any-return] # what Append returns


def _check(session: Session, sending: "_Sending", journal: str, response: AppendResponse) -> None:
    """Returns if the response is valid, and tells of a commit of what was sent."""
    check(response, journal)
    session.learn(journal, response.header)
    if response.status != Status.OK:
        raise status_error(response, journal=journal)
    sending.check_commit(response)


class _Sending:
    """One attempt's messages: the parameters, content, and the intent to commit."""

    def __init__(self, session: Session, attempts: Attempts, request: AppendRequest) -> None:
        terms = attempts.terms(request, primary_required=True)
        self.upload = session.transport.upload("Append", terms)
        self._request = request
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._length = 0
        self._before_intent: int | None = None

    async def send(self, source: Source) -> None:
        """Sends until everything is sent, or the broker ends the call."""
        if not await self.upload.write(self._request):
            return
        messages = 1
        for piece in source.pieces():
            self._digest.update(piece)
            self._length += len(piece)
            messages += 1
            if not await self.upload.write(AppendRequest(content=piece)):
                return
        self._before_intent = messages
        await self.upload.write(AppendRequest())

    @property
    def handed_over(self) -> bool:
        """Whether the connection began to take the intent to commit."""
        return self._before_intent is not None and self.upload.begun > self._before_intent

    def check_commit(self, response: AppendResponse) -> None:
        """Raises a `ResponseError` unless what was committed is what was sent."""
        commit = response.commit
        if self._before_intent is None:
            problem = "it answers OK to an append which was not completed"
        elif commit.end - commit.begin != self._length:
            problem = f"it committed {commit.end - commit.begin} bytes of {self._length}"
        elif digest_of(commit.sum) != self._digest.digest():
            problem = "the SHA-1 sum of its commit is not that of what was sent"
        else:
            return
        raise ResponseError(
            f"invalid AppendResponse: {problem}",
            journal=self._request.journal,
            header=response.header,
            status=response.status,
        )

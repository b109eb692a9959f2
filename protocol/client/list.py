"""List: journals that match a selector, once or as they change."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from protocol.client.errors import CallError, ClientError, ResponseError, status_error
from protocol.client.session import STREAM_TIMEOUT, Session, check
from protocol.client.transport import Download
from protocol.selectors import parse_selector
from protocol.validate import validate
from protocol.wire.messages import Header, LabelSelector, ListRequest, ListResponse, Status


@dataclass(frozen=True, slots=True)
class Listing:
    """Journals, all as of one revision.

    Attributes:
        header: Tells the revision.
        journals: The journals that match, by name.
    """

    header: Header
    journals: tuple[ListResponse.Journal, ...]

    @property
    def revision(self) -> int:
        """The revision of etcd which this shows."""
        return self.header.etcd.revision


def selector_of(selector: str | LabelSelector) -> LabelSelector:
    """Returns the selector that a text means.

    Raises:
        SelectorError: The text is not a selector.
    """
    return parse_selector(selector) if isinstance(selector, str) else selector


async def list_journals(
    session: Session, selector: str | LabelSelector, timeout: float | None
) -> Listing:
    """Returns the journals that match, and learns their routes.

    Raises:
        ClientError: No broker listed them.
    """
    request = ListRequest(selector=selector_of(selector))
    validate(request)
    attempts = session.attempts("List", timeout=timeout)
    while True:
        call = session.transport.download("List", request, attempts.terms(request))
        try:
            listing = await _first(call)
            while (page := await call.read()) is not None:
                if not page.journals:
                    raise ResponseError("invalid ListResponse: a further page has no journals")
                listing = _extended(listing, page)
            for journal in listing.journals:
                session.routes.put(journal.spec.name, journal.route, listing.revision)
        except ClientError as error:
            await attempts.failed(error)
        else:
            return listing
        finally:
            call.cancel()


async def watch(session: Session, selector: str | LabelSelector) -> AsyncGenerator[Listing, None]:
    """Yields the journals that match, now and whenever their specifications change.

    Each listing is whole, and of a later revision than the one before.

    Raises:
        ClientError: No broker listed them, for longer than the session's timeout.
    """
    parsed, last = selector_of(selector), None
    validate(ListRequest(selector=parsed))
    attempts = session.attempts("List", lasting=True)
    while True:
        request = ListRequest(selector=parsed, watch=True, watch_resume=last)
        terms = attempts.terms(request, timeout=STREAM_TIMEOUT)
        call = session.transport.download("List", request, terms)
        try:
            while (listing := await _snapshot(call, last)) is not None:
                attempts.progress()
                last = listing.header
                yield listing
            await attempts.pause()
        except ClientError as error:
            if not _ran_out(error):
                await attempts.failed(error)
        finally:
            call.cancel()


def _ran_out(error: ClientError) -> bool:
    return isinstance(error, CallError) and error.code == "DEADLINE_EXCEEDED"


async def _snapshot(call: Download, last: Header | None) -> Listing | None:
    """The next whole listing of a watch; None if the broker ends it before another."""
    head = await call.read()
    if head is None:
        return None
    listing = _begun(head)
    known = 0 if last is None else last.etcd.revision
    if listing.revision <= known:
        raise ResponseError(
            f"a listing of revision {listing.revision} follows one of {known}",
            header=listing.header,
        )
    while True:
        page = await call.read()
        if page is None:
            raise ResponseError("the watch ended within a listing")
        if not page.journals:
            return listing
        listing = _extended(listing, page)


async def _first(call: Download) -> Listing:
    head = await call.read()
    if head is None:
        raise ResponseError("the broker told nothing")
    return _begun(head)


def _begun(head: ListResponse) -> Listing:
    check(head)
    if head.status != Status.OK:
        raise status_error(head)
    return Listing(head.header, tuple(head.journals))


def _extended(listing: Listing, page: ListResponse) -> Listing:
    for journal in page.journals:
        check(journal)
    return Listing(listing.header, (*listing.journals, *page.journals))

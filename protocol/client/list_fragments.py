"""ListFragments: the fragments of a journal, page by page."""

from collections.abc import AsyncGenerator

from protocol.client.errors import ClientError, ResponseError, status_error
from protocol.client.session import Session, check
from protocol.validate import validate
from protocol.wire.messages import FragmentsRequest, FragmentsResponse, Status


async def list_fragments(
    session: Session, request: FragmentsRequest
) -> AsyncGenerator[FragmentsResponse._Fragment, None]:
    """Yields the fragments which `request` asks for, over all pages.

    Raises:
        ValidationError: The request breaks a rule, and was not sent.
        ClientError: No broker told them.
    """
    validate(request)
    page_request = FragmentsRequest()
    page_request.CopyFrom(request)
    while True:
        page = await _page(session, page_request)
        for fragment in page.fragments:
            yield fragment
        if not page.next_page_token:
            return
        if page.next_page_token <= page_request.next_page_token:
            raise ResponseError(
                f"page token {page.next_page_token} follows {page_request.next_page_token}",
                journal=request.journal,
                header=page.header,
            )
        page_request.next_page_token = page.next_page_token


async def _page(session: Session, request: FragmentsRequest) -> FragmentsResponse:
    attempts = session.attempts("ListFragments", request.journal)
    while True:
        try:
            page: FragmentsResponse = await session.transport.unary(
                "ListFragments", request, attempts.terms(request)
            )
            check(page, request.journal)
            session.learn(request.journal, page.header)
            if page.status != Status.OK:
                raise status_error(page, journal=request.journal)
        except ClientError as error:
            await attempts.failed(error)
        else:
            return page

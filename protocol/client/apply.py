"""Apply: changes of journals, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from protocol.client.errors import (
    CallError,
    ClientError,
    OutcomeUnknownError,
    TransactionFailedError,
    status_error,
)
from protocol.client.list import list_journals
from protocol.client.outcomes import changed_nothing
from protocol.client.session import Attempts, Session, check
from protocol.validate import validate
from protocol.validate.apply import ANY_REVISION
from protocol.wire.messages import (
    ApplyRequest,
    ApplyResponse,
    Label,
    LabelSelector,
    LabelSet,
    Status,
)


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What became of one change.

    Attributes:
        journal: The journal it is about.
        mod_revision: The revision at which the journal is now; 0 if there is none.
        conflict: Whether that is not the revision which the change expected, so that
            neither this nor any other change was made.
    """

    journal: str
    mod_revision: int
    conflict: bool = False


ChangeResults: TypeAlias = list[ChangeResult]
"""What became of each change, in their order."""


class ApplyConflictError(TransactionFailedError):
    """A journal is not at the expected revision, so that no change was made.

    Attributes:
        results: For each change, where its journal stood right afterwards.
    """

    results: ChangeResults


async def apply(
    session: Session, changes: Sequence[ApplyRequest.Change], timeout: float | None
) -> ChangeResults:
    """Makes the changes in one transaction, and returns what became of each.

    Raises:
        ValidationError: A change breaks a rule; nothing was sent.
        ApplyConflictError: A journal is not at the expected revision.
        OutcomeUnknownError: The connection broke before the broker answered.
        ClientError: No change was made.
    """
    request = ApplyRequest(changes=changes)
    validate(request)
    attempts = session.attempts("Apply", timeout=timeout)
    lost: CallError | None = None
    while True:
        try:
            response = await _attempt(session, attempts, request)
            return [_made(change, response) for change in changes]
        except TransactionFailedError as error:
            if lost is not None:
                raise _unknown(lost) from error
            raise await _conflict(session, changes, error) from None
        except CallError as error:
            if not changed_nothing(error):
                if not _repeatable(request) or error.code != "UNAVAILABLE":
                    raise _unknown(error) from error
                lost = error
            await attempts.failed(error)
        except ClientError as error:
            await attempts.failed(error)


async def _attempt(session: Session, attempts: Attempts, request: ApplyRequest) -> ApplyResponse:
    response = await session.transport.unary("Apply", request, attempts.terms(request))
    check(response)
    if response.status != Status.OK:
        raise status_error(response)
    return response  # type: ignore[no-any-return] # what Apply returns


def _repeatable(request: ApplyRequest) -> bool:
    """Whether changes that were made already would not be made again."""
    return all(change.expect_mod_revision != ANY_REVISION for change in request.changes)


def _unknown(error: CallError) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the changes may or may not have been made ({error})", hint="list the journals to see"
    )


def _name_of(change: ApplyRequest.Change) -> str:
    return change.upsert.name if change.HasField("upsert") else change.delete


def _made(change: ApplyRequest.Change, response: ApplyResponse) -> ChangeResult:
    revision = response.header.etcd.revision if change.HasField("upsert") else 0
    return ChangeResult(_name_of(change), revision)


async def _conflict(
    session: Session, changes: Sequence[ApplyRequest.Change], error: TransactionFailedError
) -> ClientError:
    """The error with the revisions of all journals concerned, if those can be had."""
    names = sorted({_name_of(change) for change in changes})
    labels = [Label(name="name", value=name) for name in names]
    try:
        listing = await list_journals(
            session, LabelSelector(include=LabelSet(labels=labels)), session.timeout
        )
    except ClientError:
        return error
    revisions = {journal.spec.name: journal.mod_revision for journal in listing.journals}
    conflict = ApplyConflictError(
        ApplyResponse(status=Status.ETCD_TRANSACTION_FAILED, header=error.header)
    )
    conflict.results = [_found(change, revisions) for change in changes]
    return conflict


def _found(change: ApplyRequest.Change, revisions: dict[str, int]) -> ChangeResult:
    name, expected = _name_of(change), change.expect_mod_revision
    revision = revisions.get(name, 0)
    return ChangeResult(name, revision, conflict=expected not in {ANY_REVISION, revision})

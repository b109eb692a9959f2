"""What can go wrong with a call, as types.

A call has one of four ends. The broker answers with a status other than OK (`StatusError`
and a class for each status); gRPC fails (`CallError`); the broker answers what the protocol
does not allow (`ResponseError`); or the connection breaks after an append or apply was
handed over and before it was answered, so that nobody here knows (`OutcomeUnknownError`).
"""

from typing import TYPE_CHECKING, Any

from protocol.errors import ProtocolError
from protocol.wire.messages import LabelSet, Status

if TYPE_CHECKING:
    from protocol.wire.messages import Fragment, Header


class ClientError(ProtocolError):
    """A call did not do what it was to do.

    Attributes:
        journal: The journal it concerns; empty if it is not about one.
        header: The header of the broker's response, if there was one.
        status: The status of the response; None if there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        journal: str = "",
        header: "Header | None" = None,
        status: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(f"{journal}: {message}" if journal else message, hint=hint)
        self.journal = journal
        self.header = header
        self.status = status


class CallError(ClientError):
    """gRPC ended a call with a code other than OK.

    Attributes:
        code: The name of the code, such as `UNAVAILABLE`.
        details: The text that came with it.
    """

    def __init__(self, code: str, details: str, *, journal: str = "") -> None:
        super().__init__(f"{code}: {details}" if details else code, journal=journal)
        self.code = code
        self.details = details


class ResponseError(ClientError):
    """A broker's response breaks the protocol."""


class OutcomeUnknownError(ClientError):
    """A change was handed to a broker, and may or may not have been made.

    The cause is chained. To learn what happened, read the journal, or list it.
    """


class FragmentFetchError(ClientError):
    """A fragment could not be fetched from its store.

    Attributes:
        fragment: What was to be fetched.
        url: From where.
    """

    def __init__(self, message: str, *, fragment: "Fragment", url: str) -> None:
        super().__init__(message, journal=fragment.journal)
        self.fragment = fragment
        self.url = url


class FragmentSchemeError(FragmentFetchError):
    """The URL of a fragment is of a scheme that is not fetched from here."""


class FragmentCorruptError(FragmentFetchError):
    """The content of a fragment is not what its SHA-1 sum says."""


class StatusError(ClientError):
    """A broker answered with a status other than OK."""

    def __init__(self, response: Any, *, journal: str = "") -> None:
        super().__init__(
            _status_text(response),
            journal=journal,
            header=response.header if response.HasField("header") else None,
            status=response.status,
        )


class JournalNotFoundError(StatusError):
    """There is no such journal, or none that the token allows."""


class NoPrimaryError(StatusError):
    """The journal has no primary broker."""


class NotPrimaryError(StatusError):
    """The broker is not the journal's primary; the header's route tells who is."""


class NotBrokerError(StatusError):
    """The broker does not serve the journal; the header's route tells who does."""


class InsufficientBrokersError(StatusError):
    """The journal has fewer brokers than it needs."""


class OffsetNotYetAvailableError(StatusError):
    """The offset is at the write head or beyond."""


class TransactionFailedError(StatusError):
    """A journal is not at the expected revision, so that no change was made."""


class NotAllowedError(StatusError):
    """The journal's flags forbid it."""


class WrongOffsetError(StatusError):
    """The journal does not end at the offset which the append requires."""


class IndexGreaterOffsetError(StatusError):
    """The journal's stores hold more than its brokers know: an operator must decide."""


class RegisterMismatchError(StatusError):
    """The journal's registers are not what the append requires.

    Attributes:
        registers: What they are.
    """

    registers: LabelSet

    def __init__(self, response: Any, *, journal: str = "") -> None:
        super().__init__(response, journal=journal)
        self.registers = getattr(response, "registers", LabelSet())


class SuspendedError(StatusError):
    """The journal is suspended."""


class StoreUnhealthyError(StatusError):
    """The journal's fragment store is not healthy; the text tells why."""


_OF_STATUS: dict[int, type[StatusError]] = {
    Status.JOURNAL_NOT_FOUND: JournalNotFoundError,
    Status.NO_JOURNAL_PRIMARY_BROKER: NoPrimaryError,
    Status.NOT_JOURNAL_PRIMARY_BROKER: NotPrimaryError,
    Status.NOT_JOURNAL_BROKER: NotBrokerError,
    Status.INSUFFICIENT_JOURNAL_BROKERS: InsufficientBrokersError,
    Status.OFFSET_NOT_YET_AVAILABLE: OffsetNotYetAvailableError,
    Status.ETCD_TRANSACTION_FAILED: TransactionFailedError,
    Status.NOT_ALLOWED: NotAllowedError,
    Status.WRONG_APPEND_OFFSET: WrongOffsetError,
    Status.INDEX_HAS_GREATER_OFFSET: IndexGreaterOffsetError,
    Status.REGISTER_MISMATCH: RegisterMismatchError,
    Status.SUSPENDED: SuspendedError,
    Status.FRAGMENT_STORE_UNHEALTHY: StoreUnhealthyError,
}


def status_error(response: Any, *, journal: str = "") -> StatusError:
    """The error that a response with a status other than OK means."""
    return _OF_STATUS.get(response.status, StatusError)(response, journal=journal)


def _status_text(response: Any) -> str:
    known = response.status in Status.values()
    name = Status.Name(response.status) if known else f"unknown status {response.status}"
    reason = getattr(response, "store_health_error", "")
    return f"{name}: {reason}" if reason else name

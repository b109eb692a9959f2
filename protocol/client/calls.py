"""The calls of a client, as coroutines over any transport."""

from collections.abc import AsyncGenerator, Sequence

from protocol.client.append import append
from protocol.client.apply import ChangeResults, apply
from protocol.client.content import AsyncContent, source_of
from protocol.client.list import Listing, list_journals, watch
from protocol.client.list_fragments import list_fragments
from protocol.client.read import Chunk, read, write_head
from protocol.client.session import Session
from protocol.wire.messages import (
    AppendRequest,
    AppendResponse,
    ApplyRequest,
    FragmentsRequest,
    FragmentsResponse,
    LabelSelector,
    LabelSet,
    ReadRequest,
)


class JournalCalls:
    """Lists, changes, reads and appends to the journals of a cluster.

    Args:
        session: The way to the cluster.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(
        self, selector: str | LabelSelector = "", *, timeout: float | None = None
    ) -> Listing:
        """Returns the journals that match `selector`; an empty one matches all.

        Raises:
            ClientError: No broker listed them in time.
        """
        return await list_journals(self._session, selector, timeout)

    def watch(self, selector: str | LabelSelector = "") -> AsyncGenerator[Listing, None]:
        """Yields the journals that match, now and whenever their specifications change.

        Each listing is whole, and of a later revision than the one before. When the stream
        breaks, another one resumes after what was yielded.

        Raises:
            ClientError: No broker listed them, for longer than the client's timeout.
        """
        return watch(self._session, selector)

    async def apply(
        self, changes: Sequence[ApplyRequest.Change], *, timeout: float | None = None
    ) -> ChangeResults:
        """Makes the changes in one transaction, and returns what became of each.

        Raises:
            ValidationError: A change breaks a rule; nothing was sent.
            ApplyConflictError: A journal is not at the expected revision; the error's
                results tell which, and where each one is.
            OutcomeUnknownError: The connection broke before the broker answered.
            ClientError: No change was made.
        """
        return await apply(self._session, changes, timeout)

    async def append(
        self,
        journal: str,
        content: AsyncContent,
        *,
        offset: int = 0,
        check_registers: LabelSelector | None = None,
        union_registers: LabelSet | None = None,
        subtract_registers: LabelSet | None = None,
        suspend: int = 0,
        at_least_once: bool = False,
        timeout: float | None = None,
    ) -> AppendResponse:
        """Appends all of `content` at once, or nothing.

        Returns the broker's response, whose commit tells where the content is. If reading
        the content raises, nothing is appended.

        Args:
            journal: The journal.
            content: Bytes, a file from where it stands, or pieces. Pieces, and files that
                cannot be rewound, are gathered before anything is sent.
            offset: Where the journal must end; 0 for anywhere.
            check_registers: What the journal's registers must match.
            union_registers: Registers to set.
            subtract_registers: Registers to remove.
            suspend: What to do about suspension, an `AppendRequest.Suspend`.
            at_least_once: Whether to append again when nobody knows if an attempt did.
            timeout: Seconds for all attempts; None for the client's.

        Raises:
            ValidationError: The request breaks a rule; nothing was sent.
            RegisterMismatchError: The registers do not match; the error tells them.
            WrongOffsetError: The journal does not end at `offset`.
            OutcomeUnknownError: The connection broke before the broker answered. Never
                with `at_least_once`, but for the deadline.
            ClientError: Nothing was appended.
        """
        request = AppendRequest(
            journal=journal,
            offset=offset,
            check_registers=check_registers,
            union_registers=union_registers,
            subtract_registers=subtract_registers,
            suspend=suspend,  # type: ignore[arg-type] # enums of the wire are numbers
        )
        with await source_of(content) as source:
            return await append(
                self._session, request, source, at_least_once=at_least_once, timeout=timeout
            )

    def read(
        self,
        journal: str,
        offset: int = 0,
        *,
        end_offset: int = 0,
        block: bool = False,
        begin_mod_time: int = 0,
        direct: bool = True,
    ) -> AsyncGenerator[Chunk, None]:
        """Yields content from `offset` on, each byte once and in order.

        It goes on over fragments and holes, and when brokers break or the journal moves.

        Args:
            journal: The journal.
            offset: Where to begin; -1 for the write head.
            end_offset: Where to end; 0 for nowhere.
            block: Whether to wait for what is not yet appended, rather than to end.
            begin_mod_time: Fragments which were stored before are skipped; seconds since
                the epoch.
            direct: Whether fragments are fetched from their stores where that is possible,
                and their sums checked, rather than by brokers.

        Raises:
            ValidationError: The request breaks a rule; nothing was sent.
            JournalNotFoundError: There is no such journal.
            SuspendedError: The journal is suspended.
            FragmentCorruptError: A fragment does not have its SHA-1 sum; none of it was
                yielded.
            ClientError: The journal cannot be read, or not for longer than the client's
                timeout.
        """
        request = ReadRequest(
            journal=journal,
            offset=offset,
            end_offset=end_offset,
            block=block,
            begin_mod_time=begin_mod_time,
        )
        return read(self._session, request, direct=direct)

    async def write_head(self, journal: str, *, timeout: float | None = None) -> int:
        """Returns the end of the journal, as a broker knows it.

        Raises:
            ClientError: No broker told in time.
        """
        return await write_head(self._session, journal, timeout)

    def list_fragments(
        self,
        journal: str,
        *,
        begin_mod_time: int = 0,
        end_mod_time: int = 0,
        page_limit: int = 0,
        signature_ttl: float | None = None,
    ) -> AsyncGenerator[FragmentsResponse._Fragment, None]:
        """Yields the fragments of the journal, by offset.

        Args:
            journal: The journal.
            begin_mod_time: Fragments stored before are left out; seconds since the epoch.
            end_mod_time: Fragments stored later, or not yet, are left out; 0 for none.
            page_limit: How many the broker tells at once; 0 for as many as it likes.
            signature_ttl: Seconds for which signed URLs are to be valid; None for no URLs.

        Raises:
            ValidationError: The request breaks a rule; nothing was sent.
            ClientError: No broker told them, or one told pages that do not go on.
        """
        request = FragmentsRequest(
            journal=journal,
            begin_mod_time=begin_mod_time,
            end_mod_time=end_mod_time,
            page_limit=page_limit,
        )
        if signature_ttl is not None:
            request.signatureTTL.FromNanoseconds(round(signature_ttl * 1e9))
        return list_fragments(self._session, request)

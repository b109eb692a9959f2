"""Lies that a look at one field, or at one kind of answer, shows."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

NOT_FOUND = pb.Status.JOURNAL_NOT_FOUND
SUSPENDED = pb.Status.SUSPENDED
ECHO = "list.entry-echoes-spec-and-revisions"


@lie("append.missing-journal-is-not-found", answers="Append")
def refused_appends_lack_a_member_id(message: Any, _seen: Seen) -> None:
    """The header of an append that is refused lacks the member id of Etcd."""
    if message.status == NOT_FOUND:
        message.header.etcd.member_id = 0


@lie(
    "append.refusals-carry-no-commit",
    "header.statuses-have-an-order",
    answers="Append Read ListFragments",
)
def absence_is_told_of_the_past(message: Any, _seen: Seen) -> None:
    """JOURNAL_NOT_FOUND is answered under the first revision."""
    if message.status == NOT_FOUND:
        message.header.etcd.revision = 1


@lie("append.refusals-carry-no-commit", answers="Append")
def suspended_appends_name_a_stranger(message: Any, _seen: Seen) -> None:
    """SUSPENDED is signed by a broker that does not exist."""
    if message.status == SUSPENDED:
        message.header.process_id.suffix += "-stranger"


@lie("read.suspended-is-refused", answers="Read")
def suspended_reads_tell_an_offset(message: Any, _seen: Seen) -> None:
    """SUSPENDED is answered to a read with an offset and a write head."""
    if message.status == SUSPENDED:
        message.offset = message.write_head = 7


@lie("read.stops-at-end-offset", answers="Read")
def blocking_reads_end_at_the_fragment(message: Any, seen: Seen) -> None:
    """The write head of a blocking read is the end of the fragment that it announces."""
    if seen.first.block and message.fragment.end:
        message.write_head = message.fragment.end


@lie("read.first-message-is-complete", answers="Read")
def stored_fragments_are_the_head(message: Any, _seen: Seen) -> None:
    """The write head beside a stored fragment is that fragment's end."""
    if message.fragment_url:
        message.write_head = message.fragment.end


@lie(ECHO, answers="List")
def rates_are_listed_in_kibibytes(message: Any, _seen: Seen) -> None:
    """The append rate of a listed spec is rounded down to a KiB."""
    for journal in message.journals:
        journal.spec.max_append_rate -= journal.spec.max_append_rate % 1024


@lie(ECHO, answers="List")
def lengths_are_listed_in_kibibytes(message: Any, _seen: Seen) -> None:
    """The fragment length of a listed spec is rounded down to a KiB."""
    for journal in message.journals:
        journal.spec.fragment.length -= journal.spec.fragment.length % 1024


@lie(ECHO, answers="List")
def intervals_are_listed_as_a_minute(message: Any, _seen: Seen) -> None:
    """A refresh interval of less than a minute is listed as a minute."""
    for journal in message.journals:
        interval = journal.spec.fragment.refresh_interval
        interval.seconds = max(interval.seconds, 60)


@lie(ECHO, answers="List")
def replication_is_listed_up_to_three(message: Any, _seen: Seen) -> None:
    """The replication of a listed spec is three at most."""
    for journal in message.journals:
        journal.spec.replication = min(journal.spec.replication, 3)


@lie("watch.announces-identical-put", answers="List")
def later_snapshots_lack_endpoints(message: Any, seen: Seen) -> None:
    """Routes of the second and further snapshots of a watch have no endpoints."""
    seen.state["snapshots"] = seen.state.get("snapshots", 0) + message.HasField("header")
    if seen.first.watch and seen.state["snapshots"] > 1:
        for journal in message.journals:
            journal.route.ClearField("endpoints")


@lie("list-fragments.signs-stored-fragments", requests="ListFragments")
def lasting_signatures_are_refused(message: Any, _seen: Seen) -> None:
    """Fragments are not signed for more than a day."""
    if message.signatureTTL.seconds > 86_400:
        message.ClearField("signatureTTL")


@lie("store-health.missing-directory-is-unhealthy", answers="FragmentStoreHealth")
def unhealthy_stores_are_explained_once(message: Any, seen: Seen) -> None:
    """Why a store is unhealthy is told to who asks first."""
    if seen.first.fragment_store in seen.memory:
        message.store_health_error = ""
    seen.memory[seen.first.fragment_store] = True


@lie("replicate.other-fragment-is-a-mismatch", answers="Replicate")
def mismatches_lack_the_sum(message: Any, _seen: Seen) -> None:
    """The fragment of a mismatch has no sum."""
    if message.HasField("fragment"):
        message.fragment.sum.Clear()


@lie("replicate.other-fragment-is-a-mismatch", answers="Replicate")
def mismatches_name_another_journal(message: Any, _seen: Seen) -> None:
    """The fragment of a mismatch names another journal."""
    if message.HasField("fragment"):
        message.fragment.journal += "-other"


@lie("replicate.commit-makes-content-readable", answers="Replicate")
def acknowledgements_tell_registers(message: Any, _seen: Seen) -> None:
    """A proposal is acknowledged with registers."""
    if message.status == pb.Status.OK:
        message.registers.labels.add(name="name", value="value")

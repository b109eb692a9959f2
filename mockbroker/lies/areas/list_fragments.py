"""Lies about ListFragments."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie

PAGE = "mockbroker.core.list_fragments:_page"
WANTED = "mockbroker.core.list_fragments:_wanted"


def _each(message: Any, keep: Any) -> None:
    kept = [
        type(each).FromString(each.SerializeToString()) for each in message.fragments if keep(each)
    ]
    del message.fragments[:]
    message.fragments.extend(kept)


@lie("list-fragments.lists-all-in-order", answers="ListFragments")
def fragments_are_listed_backwards(message: Any, _seen: Seen) -> None:
    """Fragments come in descending order of their begin."""
    kept = [type(each).FromString(each.SerializeToString()) for each in message.fragments]
    del message.fragments[:]
    message.fragments.extend(kept[::-1])


@lie("list-fragments.lists-all-in-order", answers="ListFragments")
def the_last_fragment_is_listed_twice(message: Any, _seen: Seen) -> None:
    """The last fragment of a page is listed twice."""
    if message.fragments:
        message.fragments.add().CopyFrom(message.fragments[-1])


@lie("list-fragments.lists-all-in-order", answers="ListFragments")
def fragments_header_has_no_route(message: Any, _seen: Seen) -> None:
    """The header of ListFragments has an empty route."""
    message.header.route.CopyFrom(pb.Route(primary=-1))


@lie("list-fragments.stored-entry-is-complete", answers="ListFragments")
def listed_fragments_lack_the_sum(message: Any, _seen: Seen) -> None:
    """Listed fragments have no sum."""
    for each in message.fragments:
        each.spec.ClearField("sum")


@lie("list-fragments.stored-entry-is-complete", answers="ListFragments")
def listed_fragments_lack_the_store(message: Any, _seen: Seen) -> None:
    """Stored fragments are listed without their store."""
    for each in message.fragments:
        each.spec.backing_store = ""


@lie("list-fragments.stored-entry-is-complete", answers="ListFragments")
def listed_times_are_in_milliseconds(message: Any, _seen: Seen) -> None:
    """The modification time of listed fragments is in milliseconds."""
    for each in message.fragments:
        each.spec.mod_time *= 1000


@lie(
    "list-fragments.stored-entry-is-complete",
    "list-fragments.extension-aliases-are-listed",
    answers="ListFragments",
)
def listed_fragments_have_no_codec(message: Any, _seen: Seen) -> None:
    """Every fragment is listed with codec NONE."""
    for each in message.fragments:
        each.spec.compression_codec = pb.CompressionCodec.NONE


@lie("list-fragments.postfix-directories-are-indexed", answers="ListFragments")
def listed_fragments_lack_the_postfix(message: Any, _seen: Seen) -> None:
    """Fragments in sub-directories are listed without path_postfix."""
    for each in message.fragments:
        each.spec.path_postfix = ""


@lie("list-fragments.includes-local-fragments", answers="ListFragments")
def local_fragments_are_not_listed(message: Any, _seen: Seen) -> None:
    """Content that is not yet persisted is not listed."""
    _each(message, lambda each: each.spec.backing_store)


@lie("list-fragments.includes-local-fragments", answers="ListFragments")
def local_fragments_have_a_time(message: Any, _seen: Seen) -> None:
    """Content that is not yet persisted is listed with a modification time."""
    for each in message.fragments:
        each.spec.mod_time = each.spec.mod_time or 1_600_000_000


@lie("list-fragments.page-limit-cuts", requests="ListFragments")
def page_limit_is_ignored(message: Any, _seen: Seen) -> None:
    """The limit of a page is ignored."""
    message.page_limit = 0


@lie("list-fragments.page-limit-cuts", requests="ListFragments")
def pages_hold_one_more(message: Any, _seen: Seen) -> None:
    """A page holds one fragment more than its limit."""
    message.page_limit += bool(0 < message.page_limit < 10_000)


@lie("list-fragments.covered-fragments-are-dropped", answers="ListFragments")
def token_is_the_end_of_the_last_entry(message: Any, _seen: Seen) -> None:
    """The page token is the end of the last entry, which loses overlapping ones."""
    if message.next_page_token:
        message.next_page_token = message.fragments[-1].spec.end


@lie("list-fragments.page-limit-cuts", "list-fragments.token-continues", answers="ListFragments")
def token_is_the_begin_of_the_last_entry(message: Any, _seen: Seen) -> None:
    """The page token is the begin of the last entry, which is listed again."""
    if message.next_page_token:
        message.next_page_token = message.fragments[-1].spec.begin


@lie("list-fragments.token-continues", requests="ListFragments")
def token_is_ignored(message: Any, _seen: Seen) -> None:
    """Every page is the first one."""
    message.next_page_token = 0


@lie("list-fragments.token-continues", requests="ListFragments")
def token_is_exclusive(message: Any, _seen: Seen) -> None:
    """A page begins after the entry at its token."""
    message.next_page_token += bool(message.next_page_token)


@lie("list-fragments.last-page-has-no-token", answers="ListFragments")
def last_pages_have_a_token(message: Any, seen: Seen) -> None:
    """A full last page has a token, and an empty one follows."""
    if not message.next_page_token and len(message.fragments) == seen.first.page_limit:
        message.next_page_token = message.fragments[-1].spec.end


@lie("list-fragments.unaligned-token-skips-forward", replaces=PAGE)
def unaligned_tokens_go_back(honest: Any, request: Any, replica: Any) -> Any:
    """A token inside a fragment starts with that fragment."""
    token = request.next_page_token
    begins = [each.begin for each in replica.index if each.begin <= token < each.end]
    request.next_page_token = min(begins, default=token)
    return honest(request, replica)


@lie("list-fragments.token-past-the-end-is-empty", replaces=PAGE)
def tokens_past_the_end_start_over(honest: Any, request: Any, replica: Any) -> Any:
    """A token beyond all fragments lists from the beginning."""
    if request.next_page_token >= replica.index.end_offset:
        request.next_page_token = 0
    return honest(request, replica)


@lie("list-fragments.accepts-page-limits-to-10000", answers="ListFragments")
def page_limit_zero_is_nothing(message: Any, seen: Seen) -> None:
    """A page limit of 0 lists nothing."""
    if not seen.first.page_limit:
        del message.fragments[:]


@lie("list-fragments.default-page-is-1000", replaces="mockbroker.core.list_fragments:PAGE")
def default_pages_hold_100(_honest: int) -> int:
    """A page without limit holds 100 fragments."""
    return 100


@lie("list-fragments.default-page-is-1000", replaces="mockbroker.core.list_fragments:PAGE")
def default_pages_are_endless(_honest: int) -> int:
    """A page without limit holds all fragments."""
    return 1 << 20


@lie("list-fragments.begin-mod-time-is-inclusive", requests="ListFragments")
def begin_mod_time_of_a_listing_is_exclusive(message: Any, _seen: Seen) -> None:
    """A fragment modified exactly at begin_mod_time is not listed."""
    message.begin_mod_time += bool(message.begin_mod_time)
    message.end_mod_time += bool(
        message.end_mod_time and message.end_mod_time < message.begin_mod_time
    )


@lie("list-fragments.begin-mod-time-is-inclusive", requests="ListFragments")
def begin_mod_time_of_a_listing_is_ignored(message: Any, _seen: Seen) -> None:
    """Fragments modified before begin_mod_time are listed."""
    message.begin_mod_time = 0


@lie("list-fragments.end-mod-time-is-inclusive", replaces=WANTED)
def end_mod_time_is_exclusive(honest: Any, request: Any, fragment: Any) -> Any:
    """A fragment modified exactly at end_mod_time is not listed."""
    return honest(request, fragment) and not 0 < request.end_mod_time == fragment.mod_time


@lie("list-fragments.end-mod-time-is-inclusive", requests="ListFragments")
def end_mod_time_is_ignored(message: Any, _seen: Seen) -> None:
    """Fragments modified after end_mod_time are listed."""
    message.end_mod_time = 0


@lie("list-fragments.begin-mod-time-keeps-local", replaces=WANTED)
def begin_mod_time_drops_local(honest: Any, request: Any, fragment: Any) -> Any:
    """With begin_mod_time content that is not yet persisted is not listed."""
    return honest(request, fragment) and (not request.begin_mod_time or fragment.mod_time > 0)


@lie("list-fragments.end-mod-time-drops-local", replaces=WANTED)
def end_mod_time_keeps_local(honest: Any, request: Any, fragment: Any) -> Any:
    """With end_mod_time content that is not yet persisted is listed all the same."""
    return not fragment.mod_time or honest(request, fragment)


@lie("list-fragments.limit-counts-matches-only", answers="ListFragments", requests="ListFragments")
def unwanted_fragments_use_up_the_limit(message: Any, seen: Seen) -> None:
    """Fragments that the time bounds drop count towards the page limit."""
    if isinstance(message, pb.FragmentsRequest):
        message.begin_mod_time = message.end_mod_time = 0
    else:
        low, high = seen.first.begin_mod_time, seen.first.end_mod_time or 1 << 62
        _each(message, lambda each: low <= each.spec.mod_time <= high)


@lie(
    "list-fragments.signs-stored-fragments",
    "list-fragments.no-ttl-no-signature",
    answers="ListFragments",
)
def fragments_are_never_signed(message: Any, _seen: Seen) -> None:
    """No fragment has a signed URL."""
    for each in message.fragments:
        each.signed_url = ""


@lie("list-fragments.signs-stored-fragments", answers="ListFragments")
def local_fragments_are_signed(message: Any, seen: Seen) -> None:
    """Content that is not yet persisted has a signed URL."""
    for each in message.fragments:
        if seen.first.HasField("signatureTTL"):
            each.signed_url = each.signed_url or "file:///local"


@lie("list-fragments.no-ttl-no-signature", requests="ListFragments")
def fragments_are_always_signed(message: Any, _seen: Seen) -> None:
    """Fragments have a signed URL without signatureTTL."""
    if not message.HasField("signatureTTL"):
        message.signatureTTL.seconds = 60


@lie("list-fragments.missing-journal", answers="ListFragments")
def fragments_of_a_missing_journal_are_none(message: Any, _seen: Seen) -> None:
    """A journal that does not exist has no fragments, and status OK."""
    if message.status == pb.Status.JOURNAL_NOT_FOUND:
        message.status = pb.Status.OK


@lie("list-fragments.write-only-journal", replaces="protocol.journals:may_read")
def fragments_of_write_only_journals_are_listed(_honest: Any, _flags: int) -> bool:
    """Fragments of write-only journals are listed."""
    return True


@lie("list-fragments.non-member-refuses-to-proxy", requests="ListFragments", brokers=2)
def listing_is_proxied_although_it_must_not(message: Any, _seen: Seen) -> None:
    """A ListFragments that must not be proxied is proxied."""
    message.do_not_proxy = False


@lie("list-fragments.non-member-proxies", requests="ListFragments", brokers=2)
def listing_is_never_proxied(message: Any, _seen: Seen) -> None:
    """A broker that does not hold the journal refuses to list its fragments."""
    message.do_not_proxy = True

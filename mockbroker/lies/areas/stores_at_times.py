"""Lies about fragments that hold for some files, pages or journals only."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie
from protocol.errors import ProtocolError

PAGE = "mockbroker.core.list_fragments:_page"
PUT = "mockbroker.core.persister:_located"
EVALUATE = "protocol.postfix:evaluate"
LIST = "ListFragments"


@lie("list-fragments.token-continues", "list-fragments.page-limit-cuts", requests=LIST)
def later_pages_have_no_limit(message: Any, _seen: Seen) -> None:
    """The page limit holds for the first page only."""
    if message.next_page_token:
        message.page_limit = 0


@lie(
    "list-fragments.token-continues",
    "list-fragments.end-mod-time-is-inclusive",
    "list-fragments.limit-counts-matches-only",
    requests=LIST,
)
def later_pages_have_no_bounds(message: Any, _seen: Seen) -> None:
    """Time bounds hold for the first page only."""
    if message.next_page_token:
        message.begin_mod_time = message.end_mod_time = 0


@lie("list-fragments.token-continues", "list-fragments.signs-stored-fragments", requests=LIST)
def later_pages_are_not_signed(message: Any, _seen: Seen) -> None:
    """Fragments of later pages have no signed URL."""
    if message.next_page_token:
        message.ClearField("signatureTTL")


@lie("list-fragments.token-continues", "list-fragments.end-mod-time-is-inclusive", answers=LIST)
def bounded_listings_have_one_page(message: Any, seen: Seen) -> None:
    """A listing with time bounds has no further page."""
    if seen.first.begin_mod_time or seen.first.end_mod_time:
        message.next_page_token = 0


@lie("list-fragments.equal-bounds-select-one-second", requests=LIST)
def one_bound_at_a_time_counts(message: Any, _seen: Seen) -> None:
    """With both time bounds the lower one is ignored."""
    if message.end_mod_time:
        message.begin_mod_time = 0


@lie("list-fragments.lists-all-in-order", answers=LIST)
def fragments_are_listed_by_time(message: Any, _seen: Seen) -> None:
    """Fragments come in the order of their modification times."""
    entries = sorted(message.fragments, key=lambda each: each.spec.mod_time or 1 << 62)
    kept = [type(each).FromString(each.SerializeToString()) for each in entries]
    del message.fragments[:]
    message.fragments.extend(kept)


@lie("list-fragments.signs-stored-fragments", "fragments.urls-lead-to-the-file", answers=LIST)
def all_fragments_have_one_url(message: Any, _seen: Seen) -> None:
    """All fragments of a page have the signed URL of the first."""
    for each in message.fragments:
        if each.signed_url:
            each.signed_url = message.fragments[0].signed_url


@lie("list-fragments.stores-are-united", answers=LIST)
def all_fragments_are_of_the_first_store(message: Any, _seen: Seen) -> None:
    """All fragments of a listing name the same store."""
    for each in message.fragments:
        if each.spec.backing_store:
            each.spec.backing_store = message.fragments[0].spec.backing_store


@lie("list-fragments.stores-are-united", replaces="mockbroker.core.refresh:refresh_once")
def two_stores_are_listed(honest: Any, replica: Any, spec: Any) -> Any:
    """Only the first two stores of a journal are listed."""
    one = pb.JournalSpec()
    one.CopyFrom(spec)
    del one.fragment.stores[2:]
    return honest(replica, one)


@lie("list-fragments.stored-entry-is-complete", replaces="mockbroker.core.refresh:_parsed")
def times_are_of_the_first_listing(honest: Any, journal: str, store: str, entries: Any) -> Any:
    """The modification time of a file stays what it was when first listed."""
    found = honest(journal, store, entries)
    for each in found:
        key = (journal, each.begin, each.end)
        each.mod_time = _TIMES.setdefault(key, each.mod_time)
    return found


_TIMES: dict[Any, int] = {}


@lie("list-fragments.lists-all-in-order", "fragments.other-names-are-ignored", answers=LIST)
def listed_offsets_are_of_32_bits(message: Any, _seen: Seen) -> None:
    """Of the offsets of listed fragments the lower 32 bits are told."""
    for each in message.fragments:
        each.spec.begin &= 0xFFFFFFFF
        each.spec.end &= 0xFFFFFFFF


@lie(
    "fragments.file-has-the-named-content",
    "append.stored-names-are-content-addressed",
    replaces="mockbroker.rpc.files:_encoded",
)
def long_fragments_are_stored_in_part(honest: Any, action: Any, coder: Any) -> Any:
    """Of a fragment the first 256 KiB are stored."""
    action.fragment.end = min(action.fragment.end, action.fragment.begin + (256 << 10))
    return honest(action, coder)


@lie(
    "fragments.file-has-the-named-content",
    "fragments.codecs-have-their-formats",
    replaces="mockbroker.rpc.files:_encoded",
)
def long_fragments_are_not_closed(honest: Any, action: Any, coder: Any) -> Any:
    """The file of a compressed fragment beyond 64 KiB lacks the end of its format."""
    long = action.fragment.end - action.fragment.begin > 64 << 10
    return _open_ended(honest(action, coder)) if long else honest(action, coder)


async def _open_ended(pieces: Any) -> Any:
    kept: list[bytes] = [piece async for piece in pieces]
    yield b"".join(kept)[:-8]


@lie("append.codec-change-waits-for-roll", "fragments.file-has-the-named-content", replaces=PUT)
def fragments_are_stored_in_the_present_codec(
    honest: Any, spool: Any, spec: Any, store: Any
) -> Any:
    """A fragment is stored in the codec of the specification, not in its own."""
    fragment = honest(spool, spec, store)
    fragment.compression_codec = spec.fragment.compression_codec
    return fragment


@lie("list-fragments.stores-are-united", replaces="mockbroker.core.persister:Persister._attempt")
def fragments_go_to_the_last_store(honest: Any, persister: Any, spool: Any, spec: Any) -> Any:
    """Closed fragments are persisted to the last store of their journal."""
    turned = pb.JournalSpec()
    turned.CopyFrom(spec)
    del turned.fragment.stores[:]
    turned.fragment.stores.extend(reversed(spec.fragment.stores))
    return honest(persister, spool, turned)


@lie("fragments.postfix-templates-are-evaluated", replaces=EVALUATE)
def postfixes_are_evaluated_once(honest: Any, spec: Any, fragment: Any, **named: Any) -> Any:
    """All fragments of a journal have the postfix of the first."""
    return _POSTFIXES.setdefault(spec.name, honest(spec, fragment, **named))


_POSTFIXES: dict[str, str] = {}


@lie("fragments.postfix-templates-are-evaluated", replaces=EVALUATE)
def postfixes_have_the_last_value(
    honest: Any, spec: Any, fragment: Any, *, registers: Any, **named: Any
) -> Any:
    """Of a register with several values a template gets the last."""
    last = pb.LabelSet(labels=reversed(registers.labels))
    return honest(spec, fragment, registers=last, **named)


@lie("fragments.postfix-templates-are-evaluated", replaces=EVALUATE)
def later_postfixes_know_no_registers(
    honest: Any, spec: Any, fragment: Any, *, registers: Any, **named: Any
) -> Any:
    """A template of a journal's second fragment gets no registers."""
    told = pb.LabelSet() if fragment.begin else registers
    return honest(spec, fragment, registers=told, **named)


@lie("fragments.postfix-templates-are-evaluated", replaces=EVALUATE)
def postfixes_are_of_another_day(
    honest: Any, spec: Any, fragment: Any, *, first_append_time: Any, **named: Any
) -> Any:
    """A template gets another day than that of the first append."""
    early = (first_append_time or 0) - 86_400
    return honest(spec, fragment, first_append_time=early, **named)


@lie("fragments.store-rewrites-paths", replaces="protocol.stores:rewrite")
def every_match_is_rewritten(_honest: Any, path: str, find: str, replace: str) -> str:
    """A store replaces every match of what it is to find."""
    return path.replace(find, replace) if find else path


@lie(
    "fragments.store-rewrites-paths",
    "read.file-url-is-the-path",
    replaces="mockbroker.store.file:FileStore.sign",
)
def urls_are_not_rewritten(honest: Any, store: Any, path: str, ttl: float) -> Any:
    """The URL of a fragment does not have what its store replaces."""
    return _unwritten(honest, store, path, ttl)


async def _unwritten(honest: Any, store: Any, path: str, ttl: float) -> Any:
    url = await honest(store, path, ttl)
    return url.replace(store._location.key(path), store._location.prefix + path)


@lie(
    "read.persisted-replaces-local",
    "read.storeless-keeps-everything",
    replaces="protocol.index:FragmentIndex.refresh",
)
def listings_replace_local_content(honest: Any, index: Any, listed: Any) -> None:
    """A listing of the store drops content that is not persisted yet."""
    found = list(listed)
    if found:
        index._local = type(index._local)()
    honest(index, found)


@lie(
    "fragments.joined-members-are-read",
    "read.streams-stored-content",
    replaces="mockbroker.core.refresh:parse_name",
)
def files_of_snappy_are_not_known(honest: Any, journal: str, path: str) -> Any:
    """Files of Snappy are not listed where they are larger than others."""
    fragment = honest(journal, path)
    if fragment.compression_codec == pb.CompressionCodec.SNAPPY and fragment.end > 1 << 17:
        raise ProtocolError(path)
    return fragment


@lie("list-fragments.includes-local-fragments", answers=LIST)
def local_fragments_lack_their_sum(message: Any, _seen: Seen) -> None:
    """Content that is not yet persisted is listed without its sum."""
    for each in message.fragments:
        if not each.spec.backing_store:
            each.spec.ClearField("sum")


@lie("list-fragments.lists-all-in-order", answers=LIST)
def listings_name_the_primary_only(message: Any, _seen: Seen) -> None:
    """The header of a listing has no endpoints."""
    message.header.route.ClearField("endpoints")

"""Lies about listings of fragments and stores that show at an edge, or after a while."""

import time
from dataclasses import replace
from typing import Any

from mockbroker.core.actions import AbortError
from mockbroker.lies.lie import Seen, lie

LIST = "ListFragments"
PAGE = "mockbroker.core.list_fragments:_page"
LOCATED = "mockbroker.core.persister:_located"
WANTED = "mockbroker.core.list_fragments:_wanted"


@lie("list-fragments.page-limit-cuts", "list-fragments.token-continues", replaces=PAGE)
def tokens_are_indices(honest: Any, request: Any, replica: Any) -> Any:
    """The page token is the number of entries told so far."""
    begins = [each.begin for each in replica.index]
    if 0 < request.next_page_token < len(begins):
        skipped = request.next_page_token
        request.next_page_token = begins[skipped]
    else:
        skipped = 0
    response = yield from honest(request, replica)
    if response.next_page_token:
        response.next_page_token = skipped + len(response.fragments)
    return response


@lie("list-fragments.signs-stored-fragments", replaces="mockbroker.core.list_fragments:_signed")
def short_signatures_are_refused(honest: Any, request: Any, fragment: Any) -> Any:
    """A signature for less than a second is refused."""
    if not request.signatureTTL.seconds:
        raise AbortError("invalid SignatureTTL (0s; must be > 0s)")
    return honest(request, fragment)


@lie("list-fragments.token-continues", answers=LIST)
def later_pages_have_no_header(message: Any, seen: Seen) -> None:
    """Pages behind the first have no header."""
    if seen.first.next_page_token:
        message.ClearField("header")


@lie("list-fragments.store-changes-show-after-refresh", replaces="mockbroker.core.refresh:_parsed")
def removed_files_stay_listed(honest: Any, journal: str, store: str, entries: Any) -> Any:
    """A file that was removed from its store stays listed."""
    found = _LISTED.setdefault((journal, store), {})
    for each in honest(journal, store, entries):
        found[each.begin, each.end] = each
    return list(found.values())


_LISTED: dict[Any, dict[Any, Any]] = {}


@lie(
    "store-health.missing-directory-is-unhealthy", replaces="mockbroker.core.health:StoreHealth.of"
)
def one_store_speaks_for_all(honest: Any, health: Any, _store: str) -> Any:
    """The health of any store is that of the first one that was asked about."""
    first = next(iter(health._checks), None)
    return honest(health, first or _store)


@lie("fragments.postfix-templates-are-evaluated", replaces=LOCATED)
def templates_get_the_time_of_persisting(honest: Any, spool: Any, spec: Any, store: str) -> Any:
    """A template gets the time at which a fragment is persisted."""
    return honest(replace(spool, first_append_time=time.time()), spec, store)


@lie("fragments.postfix-templates-are-evaluated", replaces=LOCATED)
def templates_get_local_time(honest: Any, spool: Any, spec: Any, store: str) -> Any:
    """A template gets the time of an append in another zone."""
    shifted = (spool.first_append_time or 0) + 5.5 * 3600
    return honest(replace(spool, first_append_time=shifted), spec, store)


@lie(
    "list-fragments.end-mod-time-is-inclusive",
    "list-fragments.end-mod-time-drops-local",
    replaces=WANTED,
)
def local_content_is_listed_by_a_far_end(honest: Any, request: Any, fragment: Any) -> Any:
    """Content that is not yet persisted is listed where the time bound is in the future."""
    if not fragment.mod_time and request.end_mod_time > time.time():
        return True
    return honest(request, fragment)


@lie("list-fragments.begin-mod-time-is-inclusive", replaces=WANTED)
def open_ended_begins_are_exclusive(honest: Any, request: Any, fragment: Any) -> Any:
    """A begin time without an end time is exclusive."""
    if request.begin_mod_time and not request.end_mod_time:
        return not fragment.mod_time or fragment.mod_time > request.begin_mod_time
    return honest(request, fragment)


@lie("fragments.names-are-parsed-leniently", replaces="mockbroker.core.refresh:_parsed")
def short_names_are_no_fragments(honest: Any, journal: str, store: str, entries: Any) -> Any:
    """A file whose offsets are not sixteen digits is no fragment."""
    kept = [each for each in entries if len(each[0].rpartition("/")[2]) >= 73]
    return honest(journal, store, kept)


@lie(
    "fragments.file-has-the-named-content",
    "append.stored-names-are-content-addressed",
    replaces="protocol.fragments:content_name",
)
def names_are_in_capitals(honest: Any, fragment: Any) -> Any:
    """Sums in names of files are in capitals."""
    name, dot, extension = honest(fragment).partition(".")
    return name[:34] + name[34:].upper() + dot + extension

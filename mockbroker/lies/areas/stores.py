"""Lies about what is in stores, and how it got there."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie


@lie(
    "list-fragments.waits-for-first-refresh",
    replaces="mockbroker.core.list_fragments:_await_refresh",
)
def the_first_listing_is_not_awaited(_honest: Any, _replica: Any) -> Any:
    """Fragments are listed before the store was."""
    yield from ()


@lie("list-fragments.covered-fragments-are-dropped", replaces="protocol.cover:CoverSet.add")
def covered_fragments_are_listed(honest: Any, cover: Any, span: Any) -> Any:
    """Fragments whose span another one covers are listed too."""
    before = list(cover)
    added = honest(cover, span)
    if span.content is None and len(cover) <= len(before):
        cover.__init__(sorted([*before, span], key=lambda each: (each.begin, each.end)))
    return added


@lie(
    "list-fragments.extension-aliases-are-listed",
    "list-fragments.foreign-files-are-ignored",
    replaces="mockbroker.core.refresh:parse_name",
)
def files_must_be_named_as_this_broker_does(honest: Any, journal: str, path: str) -> Any:
    """Only files with short extensions are fragments."""
    if path.endswith((".gzip", ".snappy", ".zstd", ".zstandard", ".none")):
        raise pb.errors.ProtocolError(path)
    return honest(journal, path)


@lie("list-fragments.foreign-files-are-ignored", replaces="mockbroker.core.refresh:_parsed")
def foreign_files_end_a_listing(honest: Any, journal: str, store: str, entries: Any) -> Any:
    """A file that is no fragment keeps the whole store from being listed."""
    found = honest(journal, store, entries)
    return found if len(found) == len(entries) else []


@lie("list-fragments.stores-are-united", replaces="mockbroker.core.refresh:refresh_once")
def only_the_first_store_is_listed(honest: Any, replica: Any, spec: Any) -> Any:
    """Only the first store of a journal is listed."""
    one = pb.JournalSpec()
    one.CopyFrom(spec)
    del one.fragment.stores[1:]
    return honest(replica, one)


@lie("list-fragments.store-changes-show-after-refresh", replaces="mockbroker.core.refresh:refresh")
def stores_are_listed_once(honest: Any, broker: Any, replica: Any) -> Any:
    """A store is listed once, and never again."""
    script = honest(broker, replica)
    action = next(script, None)
    while action is not None and not replica.index.refreshed:
        try:
            action = script.send((yield action))
        except StopIteration:
            return


@lie("append.stored-names-are-content-addressed", replaces="mockbroker.rpc.files:content_path")
def fragments_are_stored_under_a_wrong_sum(honest: Any, fragment: Any) -> Any:
    """Persisted fragments are named after another sum than that of their content."""
    wrong = pb.Fragment()
    wrong.CopyFrom(fragment)
    if not wrong.mod_time:
        wrong.sum.part1 ^= 1
    return honest(wrong)


@lie("append.stored-names-are-content-addressed", replaces="mockbroker.rpc.files:content_path")
def fragments_are_stored_in_decimal(honest: Any, fragment: Any) -> Any:
    """Persisted fragments are named with offsets in decimal."""
    path = honest(fragment)
    if fragment.mod_time:
        return path
    folder, _, name = path.rpartition("/")
    begin, end, rest = name.split("-", 2)
    return f"{folder}/{int(begin, 16):016d}-{int(end, 16):016d}-{rest}"


@lie("append.stored-names-are-content-addressed", replaces="mockbroker.rpc.files:_encoded")
def stored_fragments_are_not_compressed(_honest: Any, action: Any, _coder: Any) -> Any:
    """Persisted fragments are named as compressed, and are not."""
    return _plain(action)


async def _plain(action: Any) -> Any:
    yield action.content.read(0, action.fragment.end - action.fragment.begin)


@lie("apply.delete-keeps-stored-fragments", replaces="mockbroker.core.refresh:refresh_once")
def recreated_journals_do_not_see_their_store(honest: Any, replica: Any, spec: Any) -> Any:
    """A journal that is deleted and created again does not list its store."""
    first = _CREATED.setdefault(replica.journal, replica.created)
    if replica.created == first:
        return honest(replica, spec)
    bare = pb.JournalSpec(name=spec.name)
    return honest(replica, bare)


_CREATED: dict[str, int] = {}

"""Lies about greatest values, second calls, and what most callers do not ask for."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import Wait
from mockbroker.core.conditions import Refusal
from mockbroker.lies.lie import Seen, lie

GREAT = 1 << 62
PARSE = "mockbroker.http.gateway:parse_request"


@lie("read.beyond-head-echoes-offset", requests="Read")
def great_offsets_are_refused(message: Any, _seen: Seen) -> None:
    """An offset of 2^62 or more is refused."""
    if message.offset >= GREAT:
        message.offset = -2


@lie("list-fragments.token-past-the-end-is-empty", requests="ListFragments")
def great_tokens_are_refused(message: Any, _seen: Seen) -> None:
    """A page token of 2^62 or more is refused."""
    if message.next_page_token >= GREAT:
        message.next_page_token = -1


@lie("append.rejects-wrong-offset", requests="Append")
def great_append_offsets_are_none(message: Any, _seen: Seen) -> None:
    """An append at an offset of 2^62 or more commits at the head."""
    if message.offset >= GREAT:
        message.offset = 0


@lie("apply.refuses-invalid-names", requests="Apply")
def long_names_are_refused(message: Any, _seen: Seen) -> None:
    """A journal's name of more than 255 bytes is refused."""
    for each in message.changes:
        if len(each.upsert.name) > 255:
            each.upsert.name = "/"


@lie("apply.recreation-starts-anew", replaces="mockbroker.core.apply:_holds")
def deleted_names_stay_taken(honest: Any, truth: Any, change: Any) -> Any:
    """A journal that was deleted cannot be created at revision 0."""
    name = change.upsert.name
    if name in _MADE and name not in truth.items and change.expect_mod_revision == 0:
        return False
    _MADE.update({name} if honest(truth, change) else ())
    return honest(truth, change)


_MADE: set[str] = set()


@lie("apply.deleting-the-absent-is-ok", replaces="mockbroker.core.apply:_holds")
def absent_journals_are_not_deleted(honest: Any, truth: Any, change: Any) -> Any:
    """A delete at revision -1 of an absent journal conflicts, unless another one is there."""
    absent = change.delete and change.delete not in truth.items
    return honest(truth, change) and not (absent and change.expect_mod_revision == -1)


@lie("http.blocking-get-waits", replaces=PARSE)
def gets_do_not_block(honest: Any, method: str, target: str) -> Any:
    """A GET never blocks."""
    asked = honest(method, target)
    if isinstance(asked, pb.ReadRequest):
        asked.block = False
    return asked


@lie("http.put-appends", replaces="mockbroker.http.gateway:_send_all")
def long_bodies_are_cut(honest: Any, call: Any, asked: Any, request: Any) -> Any:
    """Of the body of a PUT the first 64 KiB are committed."""
    return honest(call, asked, _Cut(request))


class _Cut:
    """A request with a shorter body."""

    def __init__(self, request: Any) -> None:
        self._request = request

    async def stream(self) -> Any:
        left = 64 << 10
        async for chunk in self._request.stream():
            yield chunk[:left]
            left -= min(left, len(chunk))


@lie("auth.requires-capability", replaces="protocol.auth:_check_capability")
def capabilities_are_of_16_bits(honest: Any, have: int, require: int) -> Any:
    """A token that claims capabilities of applications is refused."""
    return honest(0 if have >> 16 and have >> 16 != 0xFFFF else have, require)


@lie("auth.selector-hides-journals", replaces="mockbroker.core.resolver:_may_see")
def prefixes_of_claims_are_whole_values(honest: Any, selector: Any, item: Any) -> Any:
    """Prefix marks of claims count for List only."""
    exact = pb.LabelSelector.FromString(selector.SerializeToString())
    for each in (*exact.include.labels, *exact.exclude.labels):
        each.prefix = False
    return honest(exact, item)


@lie("fragments.existing-objects-are-kept", replaces="mockbroker.store.file:FileStore.exists")
def existing_files_are_written_again(honest: Any, *arguments: Any) -> Any:
    """A fragment whose file exists is written again."""
    return _no(honest(*arguments))


async def _no(looking: Any) -> bool:
    await looking
    return False


@lie("read.serves-before-first-listing", replaces="mockbroker.core.read:_Reader._query")
def reads_wait_for_the_listing(honest: Any, reader: Any) -> Any:
    """A read waits until the stores of its journal were listed."""
    while not reader._replica.index.refreshed and not reader._replica.closed:
        yield Wait((reader._replica.changed,), reader._expires)
    return (yield from honest(reader))


@lie(
    "append.empty-append-commits",
    "suspend.partial-refuses-no-resume",
    replaces="mockbroker.core.conditions:_suspension",
)
def no_resume_needs_a_suspension(honest: Any, request: Any, spec: Any, *more: Any) -> Any:
    """SUSPEND_NO_RESUME on a journal that was never suspended answers SUSPENDED."""
    if request.suspend == pb.AppendRequest.SUSPEND_NO_RESUME and request.do_not_proxy is False:
        raise Refusal(pb.Status.SUSPENDED)
    return honest(request, spec, *more)


@lie("watch.resume-at-older-is-immediate", "watch.resume-at-current-waits", requests="List")
def resumed_watches_end(message: Any, _seen: Seen) -> None:
    """A watch that resumes sends its snapshot and ends."""
    if message.HasField("watch_resume"):
        message.watch = False


@lie("list.resume-delays-a-unary-list", requests="List")
def unary_lists_resume_at_once(message: Any, _seen: Seen) -> None:
    """A List that does not watch is delayed by one revision less than it asks for."""
    if message.HasField("watch_resume") and not message.watch:
        message.watch_resume.etcd.revision -= 1

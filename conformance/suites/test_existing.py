"""Existing: what is seen of journals that are there already, by calls that change nothing.

Others may append to these journals, change them and remove fragments meanwhile.
"""

import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import protocol
from conformance import READS, requirement
from conformance.broker import Broker, journals, listed
from conformance.checks import (
    assert_equal,
    assert_status,
    assert_sum,
    assert_true,
)
from conformance.errors import NonconformanceError
from conformance.existing import Existing, entries
from conformance.journal import Journal, selector
from conformance.suites.test_read import CHUNK
from conformance.suites.test_watch import assert_headed, snapshot
from conformance.target import Target
from conformance.validity import assert_valid
from protocol.codecs import decode
from protocol.fragments import content_name, content_path

pytestmark = READS

T = TypeVar("T")

LOOKS = 5
"""How often what others change meanwhile is looked at again."""
PIECE = 4 * CHUNK
"""How much of a fragment is read where its messages matter, and not all of its content."""
FETCHED_WITHIN = 60.0
PAGE = 2


def steady(look: Callable[[], T], meanwhile: Callable[[], Any]) -> tuple[T, Any] | None:
    """What `look` gives before and after `meanwhile`, and what that gives; None if it varies."""
    before = look()
    for _ in range(LOOKS):
        found = meanwhile()
        after = look()
        if after == before:
            return before, found
        before = after
    return None


def assert_routed(header: Any) -> None:
    """Holds that a header has a responder, a sorted route with endpoints, and a revision."""
    assert_valid(header)
    assert_true(header.process_id.suffix, "the responder's id", header)
    assert_true(header.etcd.revision > 0, "an etcd revision", header)
    assert_route(header.route)


def assert_route(route: Any) -> None:
    """Holds that members ascend, each with its endpoint, and that a primary is one of them."""
    ids = [(member.zone, member.suffix) for member in route.members]
    assert_equal(ids, sorted(set(ids)), "members")
    assert_equal(len(route.endpoints), len(ids), "how many endpoints")
    assert_true(-1 <= route.primary < len(ids), "-1, or a primary among the members", route)


def chosen(existing: Existing) -> Any:
    """A selector of the journals."""
    return selector([("name", journal.name) for journal in existing.all()])


@requirement("list.ordered-by-name", "list.header-is-unrouted", "list.entry-route-has-endpoints")
def test_listing(existing: Existing, broker: Broker) -> None:
    """The journals are listed by name, in order, under an unrouted header, with valid routes."""
    answer = broker.call("List", protocol.ListRequest(selector=chosen(existing)))
    header = answer.ok().header
    assert_equal((len(header.route.members), header.route.primary), (0, -1), "route")
    assert_true(header.process_id.suffix and header.etcd.revision, "a header", header)
    names = listed(answer.messages)
    assert_equal(names, sorted(names, key=str.encode), "journals in order")
    for entry in journals(answer):
        assert_valid(entry)
        assert_route(entry.route)
        assert_true(0 < entry.create_revision <= entry.mod_revision, "revisions", entry)


@requirement("list.empty-selector-lists-everything", "list.continuations-carry-journals-only")
def test_listing_of_everything(existing: Existing, broker: Broker) -> None:
    """A List without selector shows what a List by name does; only its start has a header."""

    def named() -> list[str]:
        request = protocol.ListRequest(selector=chosen(existing))
        return listed(broker.call("List", request).messages)

    found = steady(named, lambda: broker.call("List", protocol.ListRequest()))
    if found is None:
        existing.remarks.left("the journals were changed at every look", "nothing-there")
        return
    names, answer = found
    answer.ok()
    assert_equal(set(names) - set(listed(answer.messages)), set(), "journals not listed")
    for message in answer.messages[1:]:
        bare = protocol.ListResponse(journals=message.journals)
        assert_true(message.status == bare.status, "no status", message.status)
        assert_true(not message.header.etcd.revision, "no header", message.header)


@requirement("watch.snapshot-then-delimiter")
def test_watching(existing: Existing, broker: Broker) -> None:
    """A watch begins with the journals that List shows, in the same state, and a delimiter."""
    request = protocol.ListRequest(selector=chosen(existing))

    def states(messages: Any) -> list[tuple[bytes, int]]:
        return [
            (each.spec.SerializeToString(deterministic=True), each.mod_revision)
            for message in messages
            for each in message.journals
        ]

    def watched() -> Any:
        with broker.open("List", protocol.ListRequest(selector=request.selector, watch=True)) as it:
            it.half_close()
            return snapshot(it)

    found = steady(lambda: states(broker.call("List", request).messages), watched)
    if found is None:
        existing.remarks.left("the journals were changed at every look", "nothing-there")
        return
    before, messages = found
    assert_headed(messages)
    assert_equal(states(messages), before, "the journals of the snapshot, and of List")


@requirement("list-fragments.lists-all-in-order")
def test_fragments(existing: Existing) -> None:
    """Fragments ascend, are valid and the journal's own, and pages give what the whole does."""
    for journal in existing.readable():
        answer = journal.fragments()
        message = answer.ok()
        assert_routed(message.header)
        assert_valid(message)
        begins = [entry.spec.begin for entry in message.fragments]
        assert_equal(begins, sorted(begins), f"begins of fragments of {journal.name}")
        for entry in message.fragments:
            spec = entry.spec
            assert_equal(spec.journal, journal.name, "the journal of a fragment")
            assert_true(spec.begin < spec.end, "a fragment with content", spec)
            assert_equal(bool(spec.backing_store), bool(spec.mod_time), "store and time")


@requirement("list-fragments.lists-all-in-order")
def test_fragments_by_pages(existing: Existing) -> None:
    """The first pages of a listing are the beginning of the whole."""
    for journal in existing.readable():
        found = steady(lambda: _starts(journal), lambda: list(_first_pages(journal)))  # noqa: B023 - called at once
        if found is None:
            existing.remarks.left(f"{journal.name} was changed at every look")
            continue
        whole, pages = found
        told = [entry.spec.begin for page in pages for entry in page.fragments]
        assert_equal(told, whole[: len(told)], f"fragments of {journal.name} by pages")
        for page in pages[:-1]:
            assert_equal(len(page.fragments), PAGE, "entries of a page that has a next one")


def _starts(journal: Journal) -> list[int]:
    return [entry.spec.begin for entry in journal.fragments().ok().fragments]


def _first_pages(journal: Journal) -> Iterator[Any]:
    token = 0
    for _ in range(LOOKS):
        page = journal.fragments(page_limit=PAGE, next_page_token=token).ok()
        yield page
        token = page.next_page_token
        if not token:
            return


@requirement(
    "read.metadata-only-tells-the-head",
    "header.members-are-sorted",
    "header.endpoints-match-members",
)
def test_heads(existing: Existing) -> None:
    """The head is where a read at the end stands; no fragment is beyond it; it never falls."""
    for journal in existing.readable():
        ends = [entry.spec.end for entry in journal.fragments().ok().fragments]
        heads, revisions = [max(ends, default=0)], [0]
        for _ in range(2):
            answer = journal.read(-1, metadata_only=True)
            message = assert_status(answer, "OFFSET_NOT_YET_AVAILABLE")
            assert_equal(len(answer.messages), 1, "messages of the answer")
            assert_routed(message.header)
            assert_equal(message.offset, message.write_head, "offset and write head")
            heads.append(message.write_head)
            revisions.append(message.header.etcd.revision)
        assert_equal(heads, sorted(heads), f"ends of fragments and heads of {journal.name}")
        assert_equal(revisions, sorted(revisions), f"revisions told of {journal.name}")


@requirement(
    "read.first-message-is-complete",
    "read.content-messages-are-bare",
    "read.bounds-chunks",
    "read.metadata-is-consistent",
)
def test_messages_of_reads(existing: Existing) -> None:
    """A read announces fragments that hold its offset, and brings bare and small chunks of them."""
    for journal, entry in existing.fragments(piece=PIECE):
        begin = entry.spec.begin
        end = min(entry.spec.end, begin + PIECE)
        answer = journal.read(begin, end_offset=end)
        if gone(journal, entry):
            existing.remarks.left(f"a fragment of {journal.name} was removed meanwhile")
            continue
        assert_routed(answer.ok().header)
        offset = begin
        fragment: Any = None
        for message in answer.messages:
            assert_equal(message.offset, offset, "offset of the message")
            if message.HasField("fragment"):
                fragment = message.fragment
                assert_valid(fragment)
                assert_true(fragment.begin <= offset < fragment.end, "a covering one", message)
                assert_true(message.write_head >= fragment.end, "a head not below", message)
                continue
            assert_true(fragment is not None, "a fragment before its content", message.offset)
            bare = protocol.ReadResponse(offset=offset, content=message.content)
            assert_equal(message, bare, "a content message of offset and content")
            assert_true(0 < len(message.content) <= CHUNK, f"1 to {CHUNK} bytes", message.offset)
            offset += len(message.content)
            assert_true(offset <= fragment.end, "content within its fragment", offset)
        assert_equal(offset, end, f"where the read of {journal.name} ends")


def gone(journal: Journal, entry: Any) -> bool:
    """Whether a fragment is listed no longer, so that nothing is to be expected of it."""
    spans = [(each.spec.begin, each.spec.end) for each in entries(journal)]
    begin, end = entry.spec.begin, entry.spec.end
    return not any(first <= begin and end <= last for first, last in spans)


@requirement("fragments.local-sums-cover-the-whole")
def test_sums_by_reading(existing: Existing) -> None:
    """The content that is read of each listed fragment has its length and its sum."""
    for journal, entry in existing.fragments():
        spec = entry.spec
        answer = journal.read(spec.begin, end_offset=spec.end)
        try:
            first = answer.ok()
            assert_equal(first.offset, spec.begin, f"where the read of {journal.name} begins")
            assert_equal(
                len(answer.content),
                spec.end - spec.begin,
                f"the length read of {content_path(spec)}",
            )
            if not spec.backing_store or first.fragment.sum == spec.sum:
                assert_sum(spec.sum, answer.content, f"the sum of {content_path(spec)}")
            else:
                told = f"{content_name(spec)} of {journal.name} was not read: another covers it"
                existing.remarks.left(told)
        except NonconformanceError:
            if not gone(journal, entry):
                raise
            existing.remarks.left(f"a fragment of {journal.name} was removed meanwhile")


@requirement("fragments.urls-hold-the-named-content")
def test_sums_by_url(existing: Existing, target: Target) -> None:
    """What each signed URL leads to bears the name, the length and the sum of its fragment."""
    seen, unseen = 0, Counter[str]()
    for journal, entry in existing.fragments(stored=True):
        spec = entry.spec
        name = unquote(urlsplit(entry.signed_url).path).rpartition("/")[2]
        assert_equal(name, content_name(spec), "the name in the URL")
        try:
            raw = behind(target, entry.signed_url)
        except (OSError, LookupError) as error:
            if not gone(journal, entry):
                unseen[str(error)] += 1
            continue
        seen += 1
        target.gate.budget.take(len(raw))
        content = b"".join(decode(spec.compression_codec, [raw]))
        assert_equal(len(content), spec.end - spec.begin, f"the length of {content_path(spec)}")
        assert_sum(spec.sum, content, f"the sum of {content_path(spec)}")
    for reason, count in unseen.items():
        limit = "sampled" if seen else "nothing-there"
        existing.remarks.left(f"{count} stored fragments were not fetched: {reason}", limit)


def behind(target: Target, url: str) -> bytes:
    """What lies behind the URL of a fragment, as it is stored.

    Raises:
        LookupError: it is a file, and the directory behind the file stores is not given.
        OSError: it cannot be fetched.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        if target.spec.file_root is None:
            raise LookupError("its store is a directory, and no --file-root is given")
        return (Path(target.spec.file_root) / unquote(parts.path).lstrip("/")).read_bytes()
    assert_true(parts.scheme in {"http", "https"}, "a URL of file, http or https", parts.scheme)
    target.gate.http("GET")
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - of the schemes just checked
    with urllib.request.urlopen(request, timeout=FETCHED_WITHIN) as response:  # noqa: S310 - same
        return bytes(response.read())

"""Fragments: what lies in the store is what its name says, and what was appended."""

import urllib.request
from pathlib import Path
from random import Random
from urllib.parse import unquote, urlsplit

import pytest

import protocol
from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, assert_sum, assert_true, only
from conformance.errors import NonconformanceError
from conformance.journal import Journal
from conformance.stored import (
    CODEC,
    REFRESH,
    Shelf,
    filled_journal,
    make_folder,
    persisted,
    sha1,
    stored_bytes,
    stored_journal,
)
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.codecs import decode, encode
from protocol.fragments import content_name, content_path

TEN = b"0123456789"
ROLLED = 1024
"""The least fragment length: each of the test's appends ends a fragment of its own."""
LINES = [
    *(f"{number:04d} {'x' * (ROLLED + number)}\n".encode() for number in range(3)),
    Random(5).randbytes(600_000),
    b"the last one",
]
FORMATS = {
    "NONE": (".raw", TEN),
    "GZIP": (".gz", b"\x1f\x8b\x08"),
    "SNAPPY": (".sz", b"\xff\x06\x00\x00sNaPpY"),
    "ZSTANDARD": (".zst", b"\x28\xb5\x2f\xfd"),
}
"""By codec, the extension of a file and how it begins."""
FETCHED_WITHIN = 10.0


def closed(journal: Journal) -> list[protocol.Fragment]:
    """The fragments of a journal once all of it is persisted."""
    journal.append(suspend="SUSPEND_NOW")
    return persisted(journal)


def opened(root: Path, fragment: protocol.Fragment) -> bytes:
    """The content of a fragment's file in the store, decompressed."""
    stored = stored_bytes(root, content_path(fragment))
    return b"".join(decode(fragment.compression_codec, [stored]))


def fetched(root: Path, url: str) -> bytes:
    """What lies behind a fragment's URL, still compressed."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return stored_bytes(root, unquote(parts.path).lstrip("/"))
    assert_true(parts.scheme in {"http", "https"}, "a URL of http, https or file", url)
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})  # noqa: S310 - of the schemes just checked
    try:
        with urllib.request.urlopen(request, timeout=FETCHED_WITHIN) as response:  # noqa: S310 - same
            return bytes(response.read())
    except OSError as error:
        raise NonconformanceError(f"{url} to lead to a file", str(error)) from error


@requirement(
    "fragments.file-has-the-named-content",
    "fragments.together-are-what-was-appended",
    "fragments.urls-lead-to-the-file",
)
@pytest.mark.parametrize("codec", FORMATS)
def test_every_listed_fragment(
    workspace: Workspace, target: Target, file_root: Path, codec: str
) -> None:
    """File, signed URL, URL of a read and content of a read agree with name, sum and span."""
    journal = stored_journal(
        workspace,
        target,
        length=ROLLED,
        compression_codec=codec,
        path_postfix_template="from={{ .Spool.Begin }}",
    )
    for line in LINES:
        journal.append(line).ok()
    found = closed(journal)
    signed = {
        entry.spec.begin: entry.signed_url
        for entry in journal.fragments(signatureTTL={"seconds": 60}).ok().fragments
    }
    whole = b""
    for fragment in found:
        content = opened(file_root, fragment)
        assert_equal(fragment.begin, len(whole), "where the fragment begins")
        assert_equal(len(content), fragment.end - fragment.begin, "its length")
        assert_sum(fragment.sum, content, f"the sum of {content_name(fragment)}")
        assert_equal(CODEC.Name(fragment.compression_codec), codec, "its codec")
        first = journal.read(fragment.begin, metadata_only=True).ok()
        for url in (signed[fragment.begin], first.fragment_url):
            raw = fetched(file_root, url)
            got = b"".join(decode(fragment.compression_codec, [raw]))
            assert_equal(got, content, f"the content behind {url}")
        read = journal.read(fragment.begin, end_offset=fragment.end)
        assert_equal(read.content, content, "the content of a read")
        whole += content
    assert_equal(len(found), len(LINES), "how many fragments there are")
    assert_equal(whole, b"".join(LINES), "all content")


@requirement("fragments.codecs-have-their-formats")
@pytest.mark.parametrize("codec", FORMATS)
def test_formats(workspace: Workspace, target: Target, file_root: Path, codec: str) -> None:
    """A file begins as its format does, and ends in its extension."""
    extension, start = FORMATS[codec]
    journal = stored_journal(workspace, target, compression_codec=codec)
    journal.append(TEN * 100).ok()
    journal.append(suspend="SUSPEND_NOW")
    shelf = Shelf(file_root, journal.name)
    (path,) = wait.until(shelf.files, "the file to be stored")
    assert_equal(path.suffix, extension, "the extension")
    assert_equal(path.read_bytes()[: len(start)], start, "how the file begins")


@requirement("fragments.joined-members-are-read")
@pytest.mark.parametrize("codec", ["GZIP", "SNAPPY"])
def test_joined_members(workspace: Workspace, target: Target, file_root: Path, codec: str) -> None:
    """A file of two members or streams reads as the content of both."""
    halves = [TEN[:5], TEN[5:]]

    def fill(shelf: Shelf) -> None:
        members = [piece for half in halves for piece in encode(CODEC.Value(codec), [half])]
        shelf.put(0, TEN, codec=codec, stored=b"".join(members))

    journal = filled_journal(workspace, target, file_root, fill)
    assert_equal(journal.read(0, end_offset=10).content, TEN, "content")
    assert_equal(journal.read(7, end_offset=10).content, TEN[7:], "content from the second member")


@requirement("fragments.local-sums-cover-the-whole")
def test_local_sum(workspace: Workspace) -> None:
    """The sum of an open fragment is that of all its content, not of one append."""
    journal = workspace.journal()
    journal.append(b"first").ok()
    for content in (b"second", b"and third"):
        journal.append(content).ok()
    fragments = [entry.spec for entry in journal.fragments().ok().fragments]
    assert_equal([(each.begin, each.end) for each in fragments], [(0, 5), (5, 20)], "spans")
    for fragment, content in zip(fragments, (b"first", b"secondand third"), strict=True):
        assert_sum(fragment.sum, content, "the sum")


@requirement("fragments.names-are-parsed-leniently")
@pytest.mark.parametrize(
    "name",
    ["{b:x}-{e:x}-{s}.raw", "{b:020X}-{e:020X}-{s}.RAW", "+{b:x}-+{e:x}-{S}.raw"],
    ids=["short", "long", "signs-and-capitals"],
)
def test_lenient_names(workspace: Workspace, target: Target, file_root: Path, name: str) -> None:
    """Numbers of any width, capitals and plus signs are understood."""
    told = name.format(b=171, e=181, s=sha1(TEN), S=sha1(TEN).upper())
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(171, TEN, name=told)
    )
    (entry,) = journal.fragments().ok().fragments
    assert_equal((entry.spec.begin, entry.spec.end), (171, 181), "the span")
    assert_sum(entry.spec.sum, TEN, "the sum")


SUM = "0102030405060708090a0b0c0d0e0f1011121314"
ODD = (
    *(f"2-3-{SUM}.bz2", f"2-3-{SUM}.partial", f"g-3-{SUM}.raw", f"0x2-3-{SUM}.raw"),
    *(f"2_0-30-{SUM}.raw", f"-2-3-{SUM}.raw", f"2--{SUM}.raw", f"3-2-{SUM}.raw"),
    *(f"2-8000000000000000-{SUM}.raw", f"2-3-4-{SUM}.raw", f"2-3-{SUM[1:]}.raw"),
    *(f"2-3-{SUM[2:]}.raw", f"2-3-{SUM[:-1]}g.raw", "notes", "README.md"),
)


@requirement("fragments.other-names-are-ignored")
def test_odd_names(workspace: Workspace, target: Target, file_root: Path) -> None:
    """Files whose names come close to those of fragments are left out."""

    def fill(shelf: Shelf) -> None:
        for name in ODD:
            shelf.put(0, b"x", name=name)
        shelf.put(0, TEN, postfix="not a path")
        shelf.put(100, TEN)

    journal = filled_journal(workspace, target, file_root, fill)
    spans = [(each.spec.begin, each.spec.end) for each in journal.fragments().ok().fragments]
    assert_equal(spans, [(100, 110)], "spans that are listed")


@requirement("fragments.bare-names-are-offloaded-gzip")
@pytest.mark.parametrize("extension", ["", ".gzod"], ids=["bare", "gzod"])
def test_bare_names(workspace: Workspace, target: Target, file_root: Path, extension: str) -> None:
    """A name without extension is one of GZIP_OFFLOAD_DECOMPRESSION."""
    name = f"{0:016x}-{10:016x}-{sha1(TEN)}{extension}"
    journal = filled_journal(
        workspace, target, file_root, lambda shelf: shelf.put(0, TEN, name=name)
    )
    (entry,) = journal.fragments().ok().fragments
    codec = CODEC.Name(entry.spec.compression_codec)
    assert_equal(codec, "GZIP_OFFLOAD_DECOMPRESSION", "the codec")


COVERS = {
    "disjoint": ([(10, 20), (30, 40)], [(10, 20), (30, 40)]),
    "touching": ([(0, 10), (10, 20)], [(0, 10), (10, 20)]),
    "same-begin": ([(0, 5), (0, 10)], [(0, 10)]),
    "same-end": ([(0, 10), (5, 10)], [(0, 10)]),
    "within": ([(0, 10), (2, 8), (1, 9)], [(0, 10)]),
    "partial": ([(0, 10), (5, 15), (14, 20)], [(0, 10), (5, 15), (14, 20)]),
    "several-within": (
        [(0, 10), (5, 35), (10, 20), (20, 30), (30, 40)],
        [(0, 10), (5, 35), (30, 40)],
    ),
}


@requirement("fragments.covered-ones-are-dropped")
@pytest.mark.parametrize(("files", "spans"), COVERS.values(), ids=COVERS)
def test_cover(
    workspace: Workspace,
    target: Target,
    file_root: Path,
    files: list[tuple[int, int]],
    spans: list[tuple[int, int]],
) -> None:
    """Of files that overlap those are listed that no other one holds whole."""

    def fill(shelf: Shelf) -> None:
        for begin, end in files:
            shelf.put(begin, bytes(end - begin))

    journal = filled_journal(workspace, target, file_root, fill)
    listed = [(each.spec.begin, each.spec.end) for each in journal.fragments().ok().fragments]
    assert_equal(listed, spans, "spans that are listed")


@requirement("fragments.empty-files-are-ignored")
def test_empty_fragment(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A fragment file of no content is left out."""

    def fill(shelf: Shelf) -> None:
        shelf.put(0, b"")
        shelf.put(5, TEN)

    journal = filled_journal(workspace, target, file_root, fill)
    listed = [(each.spec.begin, each.spec.end) for each in journal.fragments().ok().fragments]
    assert_equal(listed, [(5, 15)], "spans that are listed")


def kept(workspace: Workspace, store: str) -> Journal:
    """A journal of ten bytes in `store`, closed and listed."""
    journal = workspace.journal(fragment={"stores": [store], "refresh_interval": REFRESH})
    assert_status(workspace.appended(journal, TEN), "OK")
    (fragment,) = closed(journal)
    assert_equal(fragment.backing_store, store, "the backing store")
    return journal


def moved(file_root: Path, folder: str) -> list[bytes]:
    """The content of the fragment files of a folder of the root."""
    paths = Shelf(file_root, folder).files()
    return [path.read_bytes() for path in paths if path.match("[0-9a-f]*-*-*")]


@requirement("fragments.store-prefix-is-decoded")
def test_store_prefix(workspace: Workspace, target: Target, file_root: Path) -> None:
    """The path of a store is percent-decoded before it is a directory."""
    folder = f"{workspace.prefix}with space"
    make_folder(file_root, folder)
    journal = kept(workspace, f"file:///{workspace.prefix}with%20space/")
    assert_equal(moved(file_root, f"{folder}/{journal.name}"), [TEN], "files")
    assert_equal(journal.read(0, end_offset=10).content, TEN, "content")


@requirement("fragments.store-rewrites-paths")
@pytest.mark.parametrize(
    "arguments", ["find=journal-&replace=renamed-", "FIND=journal-&Replace=renamed-"]
)
def test_rewriting(workspace: Workspace, target: Target, file_root: Path, arguments: str) -> None:
    """What a store is told to find in a path is replaced, when writing and when listing."""
    journal = kept(workspace, f"file:///?{arguments}")
    folder = journal.name.replace("journal-", "renamed-", 1)
    assert_equal(moved(file_root, folder), [TEN], "files")
    read = journal.read(0, end_offset=10)
    assert_equal(read.content, TEN, "content")
    signed = only(journal.fragments(signatureTTL={"seconds": 60}).ok().fragments, "fragment")
    for url in (read.first.fragment_url, signed.signed_url):
        assert_equal(fetched(file_root, url), TEN, f"what lies behind {url}")


LABELS = {"topic": "orders", "env": "prod"}
REGISTERS = {"labels": [{"name": "author", "value": "me"}]}
TEMPLATES = {
    "plain/of=two": "plain/of=two",
    'topic={{ .JournalSpec.LabelSet.ValueOf "topic" }}': "topic=orders",
    'author={{ .Spool.Registers.ValueOf "author" }}': "author=me",
    'none={{ .Spool.Registers.ValueOf "missing" }}': "none=",
    "{{ .Spool.Begin }}-{{ .Spool.End }}": "0-10",
    '{{ printf "%016x" .Spool.End }}': "000000000000000a",
    "{{ if eq .Spool.Begin 0 }}first{{ else }}later{{ end }}": "first",
    "codec={{ .Spool.CompressionCodec }}/n={{ .JournalSpec.Replication }}": "codec=NONE/n=1",
    "{{/* comment */}}x": "x",
    "a//b/./c/": "a/b/c",
    "/rooted": "rooted",
}


def posted(workspace: Workspace, target: Target, template: str) -> Journal:
    """A journal of ten bytes whose files lie where a template says."""
    journal = stored_journal(
        workspace, target, path_postfix_template=template, refresh_interval=REFRESH
    )
    spec = journal.shown()
    for name, value in sorted(LABELS.items()):
        spec.spec.labels.labels.add(name=name, value=value)
    journal.apply(spec=spec.spec).ok()
    assert_status(workspace.appended(journal, TEN, union_registers=REGISTERS), "OK")
    journal.append(suspend="SUSPEND_NOW")
    return journal


@requirement("fragments.postfix-templates-are-evaluated")
@pytest.mark.parametrize(("template", "postfix"), TEMPLATES.items())
def test_postfix(
    workspace: Workspace, target: Target, file_root: Path, template: str, postfix: str
) -> None:
    """The template's text is the directory below the journal's."""
    journal = posted(workspace, target, template)
    (path,) = wait.until(Shelf(file_root, journal.name).files, "the file to be stored")
    assert_equal(path.parent, file_root / journal.name / postfix, "where the file lies")
    assert_equal(path.read_bytes(), TEN, "the file")


@requirement("fragments.postfix-templates-are-evaluated")
@pytest.mark.parametrize("template", ["a//b/./c/", "{{ .Spool.Begin }}-{{ .Spool.End }}"])
def test_listed_postfix(workspace: Workspace, target: Target, template: str) -> None:
    """The listing tells the directory below the journal's as the file's postfix."""
    journal = posted(workspace, target, template)
    (fragment,) = persisted(journal)
    assert_equal(fragment.path_postfix, TEMPLATES[template], "the path postfix")


@requirement("fragments.odd-postfixes-are-stored-and-not-listed")
def test_odd_postfix(workspace: Workspace, target: Target, file_root: Path) -> None:
    """A directory that is no path of the protocol gets the file, which no listing tells."""
    journal = posted(workspace, target, "with space")
    folder = f"{journal.name}/with space"
    wait.until(lambda: moved(file_root, folder) == [TEN], "the file to be stored")
    stores = [each.spec.backing_store for each in journal.fragments().ok().fragments]
    assert_true(not any(stores), "no listed fragment to be stored", stores)

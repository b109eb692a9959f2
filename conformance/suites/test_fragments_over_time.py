"""Fragments: what a file's codec and directory come from, while journals change."""

from datetime import UTC, datetime
from pathlib import Path

from conformance import requirement, wait
from conformance.checks import assert_equal, assert_status, assert_true
from conformance.errors import NonconformanceError
from conformance.journal import Journal, label_set
from conformance.stored import (
    CODEC,
    REFRESH,
    Shelf,
    make_folder,
    persisted,
    stored_bytes,
    stored_journal,
)
from conformance.target import Target
from conformance.workspace import Workspace
from protocol.codecs import decode
from protocol.fragments import content_path

OLD = 1_500_000_000
"""A modification time, in seconds since the epoch, that no broker of today writes."""
ATTEMPTS = 3
"""A broker's own barrier may close and store a fragment just before the suite puts its file."""
APART = 2.1
"""Seconds between two first appends, whose times are told in whole seconds."""


def _postfixes(journal: Journal) -> list[str]:
    journal.append(suspend="SUSPEND_NOW")
    return [each.path_postfix for each in persisted(journal)]


@requirement("fragments.postfix-templates-are-evaluated")
def test_each_fragment_has_its_own_postfix(workspace: Workspace, target: Target) -> None:
    """A template is evaluated for each fragment, with the registers of its last commit."""
    template = 'from={{ .Spool.Begin }}/by={{ .Spool.Registers.ValueOf "author" }}'
    journal = stored_journal(workspace, target, path_postfix_template=template)
    several = label_set([("author", "me"), ("author", "you")])
    assert_status(journal.append(b"first", union_registers=several), "OK")
    assert_status(journal.append(b"second"), "OK")
    assert_status(journal.append(b"x", union_registers=label_set({"author": "them"})), "OK")
    assert_equal(_postfixes(journal), ["from=0/by=me", "from=5/by=them"], "postfixes")


@requirement("fragments.postfix-templates-are-evaluated")
def test_a_postfix_of_time_is_of_the_first_append(workspace: Workspace, target: Target) -> None:
    """The time of a template is that of the fragment's first append, in UTC."""
    hour = "date=%Y-%m-%d/hour=%H"
    template = 'date={{ .Spool.FirstAppendTime.Format "2006-01-02" }}'
    template += '/hour={{ .Spool.FirstAppendTime.Format "15" }}'
    journal = stored_journal(workspace, target, path_postfix_template=template)
    before = datetime.now(UTC).strftime(hour)
    assert_status(journal.append(b"first"), "OK")
    hours = {before, datetime.now(UTC).strftime(hour)}
    (postfix,) = _postfixes(journal)
    assert_true(postfix in hours, f"a postfix of {sorted(hours)}", postfix)


@requirement("fragments.postfix-templates-are-evaluated")
def test_the_time_of_a_postfix_is_not_that_of_closing(workspace: Workspace, target: Target) -> None:
    """A fragment that is closed as the next one begins has a time of its own, as long before."""
    template = 'at={{ .Spool.FirstAppendTime.Format "20060102150405" }}'
    journal = stored_journal(workspace, target, path_postfix_template=template)
    assert_status(journal.append(b"first"), "OK")
    wait.pause(APART)
    assert_status(journal.append(b"second"), "OK")
    first, second = map(_time_of, _postfixes(journal))
    between = (second - first).total_seconds()
    assert_true(between >= int(APART), f"{int(APART)} s or more between them", f"{between:g} s")


def _time_of(postfix: str) -> datetime:
    try:
        return datetime.strptime(postfix, "at=%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise NonconformanceError("a postfix such as at=20240131235959", postfix) from None


@requirement("fragments.postfix-templates-are-evaluated")
def test_later_appends_leave_the_time_of_a_postfix(workspace: Workspace, target: Target) -> None:
    """Of two journals the one first appended to has the earlier time, whatever comes later."""
    template = 'at={{ .Spool.FirstAppendTime.Format "20060102150405.000000000" }}'
    journals = [stored_journal(workspace, target, path_postfix_template=template) for _ in "ab"]
    for number in (0, 0, 1, 1, 0):
        assert_status(journals[number].append(b"x"), "OK")
    earlier, later = (_postfixes(journal)[-1] for journal in journals)
    assert_true(earlier < later, f"a time before {later}", earlier)


@requirement("fragments.postfix-templates-are-evaluated", "list-fragments.stores-are-united")
def test_a_file_goes_where_its_journal_says_by_then(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """Store and postfix of a fragment are those that its journal names as it is closed."""
    journal = stored_journal(workspace, target, path_postfix_template="kind=one")
    assert_status(journal.append(b"first"), "OK")
    assert_status(journal.append(b"second"), "OK")
    wait.until(Shelf(file_root, journal.name).files, "the first fragment to be stored")
    folder = f"{workspace.prefix}second"
    make_folder(file_root, folder)
    stores = [target.store(folder), target.store()]
    fragment = {"stores": stores, "refresh_interval": REFRESH, "path_postfix_template": "kind=two"}
    journal.apply(fragment=fragment).ok()
    workspace.appended(journal, suspend="SUSPEND_NOW")
    found = [(each.begin, each.backing_store, each.path_postfix) for each in persisted(journal)]
    assert_equal(found, [(0, stores[1], "kind=one"), (5, stores[0], "kind=two")], "fragments")


@requirement("fragments.existing-objects-are-kept")
def test_a_file_that_is_there_is_kept(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """A fragment that another broker, or an earlier attempt, has stored keeps its file and time."""
    for _ in range(ATTEMPTS):
        journal = stored_journal(workspace, target)
        assert_status(journal.append(b"first"), "OK")
        path = Shelf(file_root, journal.name).put(0, b"first", mod_time=OLD)
        assert_status(journal.append(b"second"), "OK")
        journal.append(suspend="SUSPEND_NOW")
        first, second = persisted(journal)
        if first.mod_time == OLD:
            break
    assert_equal((first.begin, first.end, first.mod_time), (0, 5, OLD), "span and time")
    assert_equal((second.begin, second.end), (5, 11), "span of what was not there")
    assert_equal(int(path.stat().st_mtime), OLD, "the file's modification time")


@requirement("append.codec-change-waits-for-roll", "fragments.file-has-the-named-content")
def test_a_file_has_the_codec_of_its_fragment(
    workspace: Workspace, target: Target, file_root: Path
) -> None:
    """A fragment that is open when the codec changes is stored in the codec it began with."""
    journal = stored_journal(workspace, target, compression_codec="GZIP")
    for content in (b"first", b"second"):
        assert_status(journal.append(content), "OK")
    changed = {"stores": [target.store()], "refresh_interval": 1, "compression_codec": "SNAPPY"}
    journal.apply(fragment=changed).ok()
    assert_status(workspace.appended(journal, b"third"), "OK")
    journal.append(suspend="SUSPEND_NOW")
    found = persisted(journal)
    codecs = [CODEC.Name(each.compression_codec) for each in found]
    assert_equal(codecs, ["GZIP", "GZIP"], "codecs")
    files = [stored_bytes(file_root, content_path(each)) for each in found]
    contents = [
        b"".join(decode(each.compression_codec, [stored]))
        for each, stored in zip(found, files, strict=True)
    ]
    assert_equal(contents, [b"first", b"secondthird"], "contents of the files")

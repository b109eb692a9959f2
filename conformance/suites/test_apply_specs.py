"""Apply: which specs are refused, each beside its nearest acceptable neighbour."""

from typing import Any, NamedTuple

import pytest

import protocol
from conformance import requirement
from conformance.checks import absent, assert_refused, assert_status
from conformance.journal import Journal, spec_of
from conformance.workspace import Workspace

Spec = Any
Codec = protocol.CompressionCodec
UPSERT = "Changes[0].Upsert"


class Case(NamedTuple):
    """What makes a valid spec invalid, what keeps it valid, and what a refusal says."""

    words: str
    bad: dict[str, Any]
    good: dict[str, Any]
    names: tuple[str, ...]
    text: str


def _length(value: int) -> dict[str, Any]:
    return {"fragment": {"length": value}}


def _flush(seconds: int) -> dict[str, Any]:
    return {"fragment": {"flush_interval": seconds}}


def _refresh(seconds: int) -> dict[str, Any]:
    return {"fragment": {"refresh_interval": seconds}}


def _stores(*stores: str, codec: int = Codec.NONE) -> dict[str, Any]:
    return {"fragment": {"stores": stores, "compression_codec": codec}}


def _postfix(template: str) -> dict[str, Any]:
    return {"fragment": {"path_postfix_template": template}}


def _suspend(level: Any, offset: int) -> dict[str, Any]:
    return {"suspend": protocol.JournalSpec.Suspend(level=level, offset=offset)}


LENGTH_TEXT = "Fragment: invalid Length ({}; expected 1024 <= length <= 17179869184)"
REFRESH_TEXT = "Fragment: invalid RefreshInterval ({}; expected 1s <= interval <= 24h0m0s)"
REPLICATION_TEXT = ": invalid Replication ({}; expected 1 <= Replication <= 5)"
FLUSH_TEXT = "Fragment: invalid FlushInterval ({}; expected >= 1m0s)"
STORE = "Fragment.Stores[0]"
OFFLOAD = "GZIP_OFFLOAD_DECOMPRESSION is incompatible with file:// stores (file:///)"

CASES = [
    Case(
        "refuses-reserved-labels",
        {"labels": {"name": "x"}},
        {"labels": {"named": "x"}},
        ("Labels", "name"),
        ': Labels cannot include label "name"',
    ),
    Case(
        "refuses-reserved-labels",
        {"labels": {"prefix": "x/"}},
        {"labels": {"prefixed": "x/"}},
        ("Labels", "prefix"),
        ': Labels cannot include label "prefix"',
    ),
    Case(
        "bounds-replication",
        {"replication": 0},
        {"replication": 1},
        ("Replication",),
        REPLICATION_TEXT.format(0),
    ),
    Case(
        "bounds-replication",
        {"replication": 6},
        {"replication": 5},
        ("Replication",),
        REPLICATION_TEXT.format(6),
    ),
    Case(
        "bounds-fragment-length",
        _length(1023),
        _length(1024),
        ("Fragment", "Length"),
        "." + LENGTH_TEXT.format(1023),
    ),
    Case(
        "bounds-fragment-length",
        _length(2**34 + 1),
        _length(2**34),
        ("Fragment", "Length"),
        "." + LENGTH_TEXT.format(2**34 + 1),
    ),
    Case(
        "requires-a-codec",
        {"fragment": {"compression_codec": Codec.INVALID}},
        {"fragment": {"compression_codec": Codec.NONE}},
        ("Fragment.CompressionCodec",),
        ".Fragment.CompressionCodec: invalid value (INVALID)",
    ),
    Case(
        "requires-a-codec",
        {"fragment": {"compression_codec": 9}},
        {"fragment": {"compression_codec": Codec.GZIP}},
        ("Fragment.CompressionCodec",),
        ".Fragment.CompressionCodec: invalid value (9)",
    ),
    Case(
        "refuses-invalid-stores",
        _stores("file:///noslash"),
        _stores("file:///slash/"),
        (STORE, "path"),
        f".{STORE}: path component doesn't end in '/' (/noslash)",
    ),
    Case(
        "refuses-invalid-stores",
        _stores("http://foo/"),
        _stores("file:///foo/"),
        (STORE, "scheme"),
        f".{STORE}: invalid scheme (http)",
    ),
    Case(
        "refuses-invalid-stores",
        _stores("file:///a/", "file://b/"),
        _stores("file:///a/", "file:///b/"),
        ("Fragment.Stores[1]",),
        ".Fragment.Stores[1]: …",
    ),
    Case(
        "refuses-flag-combinations",
        {"flags": 3},
        {"flags": 4},
        ("Flags",),
        ".Flags: invalid combination (3)",
    ),
    Case(
        "refuses-flag-combinations",
        {"flags": 8},
        {"flags": 2},
        ("Flags",),
        ".Flags: invalid combination (8)",
    ),
    Case(
        "bounds-flush-interval",
        _flush(59),
        _flush(60),
        ("Fragment", "FlushInterval"),
        "." + FLUSH_TEXT.format("59s"),
    ),
    Case(
        "bounds-flush-interval",
        _flush(-60),
        _flush(0),
        ("Fragment", "FlushInterval"),
        "." + FLUSH_TEXT.format("-1m0s"),
    ),
    Case(
        "bounds-refresh-interval",
        _refresh(0),
        _refresh(1),
        ("Fragment", "RefreshInterval"),
        "." + REFRESH_TEXT.format("0s"),
    ),
    Case(
        "bounds-refresh-interval",
        _refresh(86401),
        _refresh(86400),
        ("Fragment", "RefreshInterval"),
        "." + REFRESH_TEXT.format("24h0m1s"),
    ),
    Case(
        "refuses-negative-append-rate",
        {"max_append_rate": -1},
        {"max_append_rate": 0},
        ("MaxAppendRate",),
        ": invalid MaxAppendRate (-1; expected >= 0)",
    ),
    Case(
        "offload-codec-needs-other-store",
        _stores("file:///", codec=Codec.GZIP_OFFLOAD_DECOMPRESSION),
        _stores("file:///", codec=Codec.GZIP),
        ("Fragment",),
        f".Fragment: {OFFLOAD}",
    ),
    Case(
        "checks-postfix-template",
        _postfix("{{.Nope}}"),
        _postfix("{{.Spool.Begin}}"),
        ("Fragment.PathPostfixTemplate",),
        ".Fragment.PathPostfixTemplate: template: postfix:…",
    ),
    Case(
        "checks-suspend",
        _suspend(1, -1),
        _suspend(1, 0),
        ("Suspend.Offset",),
        ".Suspend.Offset: invalid Offset (-1; expected >= 0)",
    ),
    Case(
        "checks-suspend",
        _suspend(7, 0),
        _suspend(2, 0),
        ("Suspend.Level",),
        ".Suspend.Level: invalid Level variant (7)",
    ),
]

NAMES: list[tuple[str, str, str]] = [
    ("rooted", "/{}", "cannot begin with '/' (/{})"),
    ("short", "abc", "invalid length (3; expected 4 <= length <= 512)"),
    ("empty-segment", "{}//bb", "must be a clean path ({}//bb)"),
    ("parent", "{}/../b", "must be a clean path ({}/../b)"),
    ("trailing-slash", "{}/bb/", "must be a clean path ({}/bb/)"),
    ("space", "{}/b b", "not a valid token ({}/b b)"),
    ("hash", "{}/b#b", "not a valid token ({}/b#b)"),
    ("colon", "{}/b:b", "not a valid token ({}/b:b)"),
    ("long", "{}/" + "x" * 512, "invalid length (…"),
]


def _apply(workspace: Workspace, spec: Spec) -> Any:
    return workspace.apply(protocol.ApplyRequest.Change(upsert=spec))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=requirement(f"apply.{case.words}"), id=f"{case.words}-{index}")
        for index, case in enumerate(CASES)
    ],
)
def test_spec(workspace: Workspace, case: Case) -> None:
    """The invalid spec is refused by name and not applied; its neighbour is applied."""
    journal = workspace.unmade()
    with absent(journal):
        answer = _apply(workspace, spec_of(journal.name, **case.bad))
        assert_refused(
            answer, "Changes[0].Upsert", *case.names, text=f"Changes[0].Upsert{case.text}"
        )
    assert_status(_apply(workspace, spec_of(journal.name, **case.good)), "OK")


@requirement("apply.refuses-invalid-names")
@pytest.mark.parametrize(("name", "text"), [case[1:] for case in NAMES], ids=[c[0] for c in NAMES])
def test_name(workspace: Workspace, name: str, text: str) -> None:
    """The invalid name is refused; the valid one that it was made from is not."""
    stem = workspace.name()
    path = "Changes[0].Upsert.Name"
    answer = _apply(workspace, spec_of(name.format(stem)))
    assert_refused(answer, path, text=f"{path}: {text.format(stem)}")
    assert_status(_apply(workspace, spec_of(stem)), "OK")


@requirement("apply.refuses-invalid-names")
@pytest.mark.parametrize("tail", ["é/ñ", "a-b_c+d/e.f=g%h", "0"], ids=["letters", "marks", "digit"])
def test_unusual_name(workspace: Workspace, tail: str) -> None:
    """A name of letters of any script, digits and the permitted marks is taken and listed."""
    journal = Journal(f"{workspace.prefix}{tail}", workspace.broker)
    assert_status(journal.apply(expect=0), "OK")
    journal.shown()


@requirement("apply.refuses-invalid-names")
def test_longest_name(workspace: Workspace) -> None:
    """A name of 512 bytes is taken, and one of 513 is not."""
    stem = workspace.name()
    longest = stem + "x" * (512 - len(stem))
    path = "Changes[0].Upsert.Name"
    text = f"{path}: invalid length (513; expected 4 <= length <= 512)"
    assert_refused(_apply(workspace, spec_of(longest + "x")), path, text=text)
    assert_status(_apply(workspace, spec_of(longest)), "OK")


@requirement("apply.refuses-meta-segment")
def test_meta_segment(workspace: Workspace) -> None:
    """A spec named with a metadata segment is refused, and its bare journal not made."""
    journal = workspace.unmade()
    text = (
        "Changes[0].Upsert: Name cannot have a metadata path segment (;meta; expected no segment)"
    )
    with absent(journal):
        answer = _apply(workspace, spec_of(f"{journal.name};meta"))
        assert_refused(answer, UPSERT, "Name", text=text)
    assert_status(_apply(workspace, spec_of(journal.name)), "OK")


CONTENT_TYPE = ("content-type", "application/x-protobuf-fixed")
MESSAGE_TYPE = ("app.gazette.dev/message-type", "Example")


@requirement("apply.checks-label-constraints")
@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ([("content-type", "application/a"), ("content-type", "application/b")], [CONTENT_TYPE]),
        ([MESSAGE_TYPE], [MESSAGE_TYPE, CONTENT_TYPE]),
    ],
    ids=["two-content-types", "message-type-alone"],
)
def test_label_constraints(workspace: Workspace, bad: Any, good: Any) -> None:
    """Labels that contradict their own rules are refused; the nearest good ones are taken."""
    journal = workspace.unmade()
    with absent(journal):
        answer = _apply(workspace, spec_of(journal.name, labels=bad))
        assert_refused(answer, "Changes[0].Upsert.Labels")
    assert_status(_apply(workspace, spec_of(journal.name, labels=good)), "OK")

"""Boundaries of labels, sets of them, and selectors."""

from typing import Any

from conformance.boundaries.row import Row, crossed, rows

SPEC = "changes.0.upsert.labels"
IN_SPEC = "JOURNALSPEC-04 CHANGE-02 APPLYREQ-01"
_SETS = (
    ("Upsert", SPEC, IN_SPEC),
    ("Append", "union_registers", "APPENDREQ-06"),
    ("Append", "subtract_registers", "APPENDREQ-07"),
    ("Replicate", "registers", "REPLREQ-05"),
)
_SELECTORS = (
    ("List", "selector.include", "SELECTOR-01 LISTREQ-01"),
    ("List", "selector.exclude", "SELECTOR-02 LISTREQ-01"),
    ("Append", "check_registers.include", "SELECTOR-01 APPENDREQ-05"),
    ("Append", "check_registers.exclude", "SELECTOR-02 APPENDREQ-05"),
)


def pairs(*labels: tuple[str, ...]) -> Any:
    """The labels of (name, value) pairs; a third element sets the prefix flag."""
    return [{"name": each[0], "value": each[1], "prefix": len(each) > 2} for each in labels]


def _named(*names: str) -> tuple[Any, ...]:
    return tuple(pairs((name, "1")) for name in names)


def _valued(*values: str) -> tuple[Any, ...]:
    return tuple(pairs(("aa", value)) for value in values)


def _behind(*labels: tuple[str, str]) -> tuple[Any, ...]:
    """Each of the labels behind valid ones."""
    return tuple(pairs(("aa", "1"), ("bb", "1"), label) for label in labels)


_LABELS = (
    (
        "labels",
        "LABEL-01 TOKEN-01 LABELSET-01",
        (*_named("a", "a" * 65, "é" * 33), *_behind(("c", "1"), ("c" * 65, "1"))),
        _named("aa", "a" * 64, "é", "é" * 32),
    ),
    (
        "labels",
        "LABEL-02 TOKEN-02 LABELSET-01",
        (*_named("a=", "a%b", "a:b", "a b", "ab\n", "a;"), *_behind(("c=", "1"))),
        _named("a/-_+.", "//", "é中²"),
    ),
    (
        "labels",
        "LABEL-03 TOKEN-01 LABELSET-01",
        (*_valued("v" * 1025, "é" * 513), *_behind(("cc", "v" * 1025))),
        _valued("", "v" * 1024, "é" * 512),
    ),
    (
        "labels",
        "LABEL-04 TOKEN-02 LABELSET-01",
        (*_valued("a b", "a;b", "a\n", "#"), *_behind(("cc", "a b"))),
        (*_valued("//a=b%c/", "é中²"), *_behind(("cc", "é"))),
    ),
    (
        "labels",
        "LABELSET-02",
        (
            pairs(("bb", "1"), ("aa", "1")),
            pairs(("aa", "1"), ("cc", "1"), ("bb", "1")),
            pairs(("aa", "1"), ("BB", "1")),
            pairs(("é1", "1"), ("zz", "1")),
        ),
        (
            pairs(("aa", "1"), ("bb", "1")),
            pairs(("aa", "2"), ("bb", "1")),
            pairs(("BB", "1"), ("aa", "1"), ("é1", "1")),
            pairs(("a-b", "1"), ("a.b", "1"), ("a/b", "1"), ("a0", "1"), ("aa", "1")),
        ),
    ),
    (
        "labels",
        "LABELSET-03",
        (
            pairs(("aa", "2"), ("aa", "1")),
            pairs(("aa", "1"), ("aa", "1")),
            pairs(("aa", "1"), ("bb", "1"), ("bb", "1")),
            pairs(("aa", "b"), ("aa", "B")),
            pairs(("aa", "9"), ("aa", "10")),
        ),
        (
            pairs(("aa", "1"), ("aa", "2")),
            pairs(("aa", "10"), ("aa", "9"), ("aa", "B"), ("aa", "b"), ("aa", "é")),
        ),
    ),
)
_EMPTY = (("labels", "LABELSET-04", (pairs(("aa", ""), ("aa", "1")),), (pairs(("aa", "")),)),)
_FLAGGED = (pairs(("aa", "1", "prefix")),)
_FLAG = (("labels", "LABEL-05 LABELSET-01", _FLAGGED, _valued("1")),)
_FLAG_PERMITTED = (("labels", "LABEL-05 LABELSET-01", (), _FLAGGED),)


def _spec(rule: str, outside: tuple[Any, ...], inside: tuple[Any, ...]) -> Row:
    return rows("Upsert", f"{SPEC}.labels", f"{rule} CHANGE-02 APPLYREQ-01", outside, inside)


GAZETTE = "app.gazette.dev"
TYPE = f"{GAZETTE}/message-type"
SUBTYPE = f"{GAZETTE}/message-subtype"
CONTENT_TYPE = "content-type"
MEDIA = (CONTENT_TYPE, "application/x-ndjson")
_SINGLE = ("instance", "managed-by", "message-subtype", "message-type", "region")
_TWICE = tuple(
    pairs((name, "a/b"), (name, "c/d"))
    for name in (*(f"{GAZETTE}/{word}" for word in _SINGLE), CONTENT_TYPE)
)
_CONVENTIONS = (
    _spec("JOURNALSPEC-05", _named("name"), _named("names")),
    _spec("JOURNALSPEC-06", (pairs(("prefix", "a/")),), (pairs(("prefixes", "a/")),)),
    _spec(
        "SINGLEVALUE-01 JOURNALSPEC-07",
        _TWICE,
        (
            pairs((f"{GAZETTE}/tag", "1"), (f"{GAZETTE}/tag", "2")),
            pairs((f"{GAZETTE}/region", "1")),
        ),
    ),
    _spec(
        "JOURNALSPEC-08",
        tuple(pairs((CONTENT_TYPE, each)) for each in ("", "/b", "a/", "a/b/c", "a=b", "a/é")),
        tuple(pairs((CONTENT_TYPE, each)) for each in ("a", "a/b", "A/b.c+d-e_f%g")),
    ),
    _spec("JOURNALSPEC-09", (pairs((TYPE, "T")),), (pairs((TYPE, "T"), MEDIA),)),
    _spec(
        "JOURNALSPEC-10",
        (pairs((SUBTYPE, "S"), MEDIA),),
        (pairs((SUBTYPE, "S"), (TYPE, "T"), MEDIA),),
    ),
)


def _prefixed(*values: str) -> tuple[Any, ...]:
    return tuple(pairs(("prefix", value)) for value in values)


_PREFIXES = tuple(
    rows(
        "List",
        f"selector.{side}.labels",
        rule,
        (
            *_prefixed("", "a", "a/b"),
            pairs(("prefix", "a"), ("prefix", "b/")),
            pairs(("prefix", "a/"), ("prefix", "b")),
            pairs(
                ("aa", "1"), ("name", "aa/b"), ("prefix", "a/"), ("prefix", "b/"), ("prefix", "c")
            ),
        ),
        (*_prefixed("/", "a/", "a/b/"), pairs(("prefix", "a/"), ("prefix", "b/"))),
        name="Selector",
    )
    for side, rule in (("include", "LISTREQ-02"), ("exclude", "LISTREQ-03"))
)

ROWS = (
    *crossed(_SETS, _LABELS + _FLAG),
    *crossed(_SELECTORS, _LABELS + _FLAG_PERMITTED),
    *crossed(_SETS + _SELECTORS, _EMPTY, name="Label"),
    *_CONVENTIONS,
    *_PREFIXES,
)

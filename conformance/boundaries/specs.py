"""Boundaries of journal specifications, fragment settings, stores and changes."""

from typing import Any

from conformance.boundaries.row import Row, rows

CODEC = {"NONE": 1, "GZIP": 2, "GZIP_OFFLOAD_DECOMPRESSION": 5}
UPSERT = "CHANGE-02 APPLYREQ-01"
GIB_16 = 1 << 34
DAY = 24 * 60 * 60
BEFORE_A_SECOND = 999_999_999


def _spec(field: str, rules: str, outside: tuple[Any, ...], inside: tuple[Any, ...]) -> Row:
    path = f"changes.0.upsert.{field}"
    return rows("Upsert", path, f"{rules} {UPSERT}", outside, inside)


def _fragment(field: str, rules: str, outside: tuple[Any, ...], inside: tuple[Any, ...]) -> Row:
    return _spec(f"fragment.{field}", f"{rules} JOURNALSPEC-11", outside, inside)


def _span(seconds: int, nanos: int = 0) -> dict[str, int]:
    return {"seconds": seconds, "nanos": nanos}


_SPECS = (
    _spec("replication", "JOURNALSPEC-03", (0, 6, -1), (1, 5)),
    _spec("flags", "FLAG-01 JOURNALSPEC-12", (3, 5, 6, 7, 8, (1 << 32) - 1), (0, 1, 2, 4)),
    _spec("max_append_rate", "JOURNALSPEC-13", (-1,), (0, 1)),
    _spec(
        "suspend.level",
        "SUSPENDLEVEL-01 SUSPEND-01 JOURNALSPEC-14",
        (3, -1),
        (0, 1, 2),
    ),
    _spec("suspend.offset", "SUSPEND-02 JOURNALSPEC-14", (-1,), (0, 1)),
)
_OFFLOADED = {"compression_codec": CODEC["GZIP_OFFLOAD_DECOMPRESSION"], "length": 1024}
_SETTINGS = (
    _fragment("length", "SPECFRAGMENT-01", (1023, GIB_16 + 1, 0, -1), (1024, GIB_16)),
    _fragment("compression_codec", "CODEC-01 SPECFRAGMENT-02", (0, 6, -1), (1, 2, 3, 4, 5)),
    _fragment(
        "refresh_interval",
        "SPECFRAGMENT-05",
        (_span(0, BEFORE_A_SECOND), _span(DAY, 1), None, _span(-1)),
        (_span(1), _span(DAY)),
    ),
    _fragment(
        "flush_interval",
        "SPECFRAGMENT-06",
        (_span(0, 1), _span(59, BEFORE_A_SECOND), _span(-1)),
        (None, _span(60), _span(10 * DAY)),
    ),
    _fragment(
        "path_postfix_template",
        "SPECFRAGMENT-07",
        ("{{ .Spool", "{{", "{{ if true }}x", "{{ nofn }}"),
        ("", "plain", 'date={{ .Spool.FirstAppendTime.Format "2006-01-02" }}'),
    ),
    _fragment(
        "path_postfix_template",
        "SPECFRAGMENT-08",
        ("{{ .Missing }}", "{{ .Spool.ContentName }}"),
        ("{{ .JournalSpec.Name }}", "{{ .Spool.Begin }}"),
    ),
)
_SEVERAL = "changes.0.upsert.fragment."
_OFFLOAD = rows(
    "Upsert",
    "",
    f"SPECFRAGMENT-04 JOURNALSPEC-11 {UPSERT}",
    ({f"{_SEVERAL}compression_codec": 5, f"{_SEVERAL}stores": ["file:///", "s3://bucket/"]},),
    (
        {f"{_SEVERAL}compression_codec": 2, f"{_SEVERAL}stores": ["file:///", "s3://bucket/"]},
        {f"{_SEVERAL}compression_codec": 5, f"{_SEVERAL}stores": ["s3://bucket/", "file:///"]},
        {f"{_SEVERAL}compression_codec": 5, f"{_SEVERAL}stores": []},
    ),
    name="GZIP_OFFLOAD_DECOMPRESSION",
)

_SECOND_STORE = rows(
    "Upsert",
    "",
    f"FRAGMENTSTORE-08 SPECFRAGMENT-03 JOURNALSPEC-11 {UPSERT}",
    ({f"{_SEVERAL}stores": ["file:///", "x:/"]},),
    ({f"{_SEVERAL}stores": ["file:///", "file:///"]},),
    name="Stores[1]",
)

_STORES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("01", (":foo", "s3://a b/", "s3://bucket/%zz/", "file:///\x01/"), ("s3://bucket/",)),
    ("02", ("", "bucket/path/", "//bucket/"), ("s3://bucket/path/",)),
    (
        "03",
        ("s3:///path/", "gs:///path/", "azure:///path/"),
        ("s3://bucket/path/", "gs://bucket/path/", "azure://container/path/"),
    ),
    ("04", ("azure-ad:///account/container/",), ("azure-ad://tenant/account/container/",)),
    ("05", ("azure-ad://tenant//container/",), ("azure-ad://tenant/account/container/",)),
    ("06", ("azure-ad://tenant/account/",), ("azure-ad://tenant/account/container/path/",)),
    ("07", ("file://host/path/",), ("file:///path/",)),
    ("08", ("http://bucket/", "S4://bucket/"), ("S3://bucket/",)),
    (
        "09",
        ("s3://bucket", "s3://bucket/path", "file:///path", "azure-ad://tenant/account/container"),
        ("s3://bucket/%2F", "file:///path/?find=a&replace=b"),
    ),
)


def _stored(number: str, outside: tuple[str, ...], inside: tuple[str, ...]) -> tuple[Row, Row]:
    rule = f"FRAGMENTSTORE-{number}"
    good = ["file:///a/", "file:///b/"]
    lists = (
        tuple(listed for each in outside for listed in ([each], [*good, each])),
        tuple([each] for each in inside),
    )
    checked = tuple(each for each in inside if each.startswith("file:"))
    return (
        _fragment("stores", f"{rule} SPECFRAGMENT-03", *lists),
        rows("Health", "fragment_store", f"{rule} HEALTHREQ-01", outside, checked),
    )


def _change(request: str, field: str, number: str, outside: tuple[Any, ...]) -> Row:
    return rows(request, f"changes.0{field}", f"CHANGE-{number} APPLYREQ-01", outside)


_CHANGES = (
    _change("Upsert", ".delete", "01", ("some/journal",)),
    _change("Upsert", ".expect_mod_revision", "03", (-2, -(1 << 63))),
    _change("Delete", ".expect_mod_revision", "05", (0, -2, -(1 << 63))),
    rows("Delete", "changes.0.delete", "CHANGE-06 APPLYREQ-01", ("",)),
)

ROWS = (
    *_SPECS,
    *_SETTINGS,
    _OFFLOAD,
    _SECOND_STORE,
    *(row for store in _STORES for row in _stored(*store)),
    *_CHANGES,
)

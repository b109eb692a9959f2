"""Boundaries of the requests' own fields."""

from conformance.boundaries.labels import pairs
from conformance.boundaries.row import HEADER, JOURNAL, rows

LEAST = -(1 << 63)
REGISTERS = {"labels": pairs(("aa", "1"))}


def _bounds(offset: int, end_offset: int) -> dict[str, int]:
    return {"offset": offset, "end_offset": end_offset}


def _times(begin: int, end: int) -> dict[str, int]:
    return {"begin_mod_time": begin, "end_mod_time": end}


_READ = (
    rows("Read", "offset", "READREQ-03", (-2, LEAST), (-1, 0, 1)),
    rows(
        "Read",
        "",
        "READREQ-04",
        (_bounds(5, 4), _bounds(0, -1), _bounds(-1, -1), _bounds(0, LEAST)),
        (_bounds(5, 5), _bounds(5, 0), _bounds(-1, 0), _bounds(0, 1)),
        name="EndOffset",
    ),
)
_APPEND = (
    rows("Append", "offset", "APPENDREQ-03", (-1, LEAST), (0, 1)),
    rows("Append", "content", "APPENDREQ-04", (b"x",), (b"",)),
    rows("Append", "suspend", "APPENDSUSPEND-01 APPENDREQ-08", (5, -1, 99), (0,)),
    rows("Content", "header", "APPENDREQ-09", (HEADER, {}), (None,)),
    rows("Content", "do_not_proxy", "APPENDREQ-10", (True,), (False,)),
    rows("Content", "offset", "APPENDREQ-11", (1, -1), (0,)),
    rows("Content", "check_registers", "APPENDREQ-12", ({}, {"include": REGISTERS}), (None,)),
    rows("Content", "union_registers", "APPENDREQ-13", ({}, REGISTERS), (None,)),
    rows("Content", "subtract_registers", "APPENDREQ-14", ({}, REGISTERS), (None,)),
    rows("Content", "suspend", "APPENDREQ-15", (1, 2, 3, 99), (0,)),
)
_REPLICATE = (
    rows("Replicate", "acknowledge", "REPLREQ-02", (False,)),
    rows(
        "Replicate",
        "",
        "FRAGMENT-02 REPLREQ-03",
        ({"proposal.begin": 1, "proposal.end": 0}, {"proposal.end": -1}),
        ({"proposal.begin": 1, "proposal.end": 1}, {"proposal.end": 1}),
        name="Proposal",
    ),
    rows(
        "Replicate",
        "proposal.compression_codec",
        "CODEC-01 FRAGMENT-03 REPLREQ-03",
        (0, 6, -1),
        (1, 2, 3, 4, 5),
    ),
    rows("Replicate", "registers", "REPLREQ-04", (), (None, {})),
    rows("Replicate", "content", "REPLREQ-06", (b"", b"x"), (None,)),
    rows("Replicate", "content_delta", "REPLREQ-07", (1, -1), (0,)),
    rows("Replicate", "deprecated_journal", "REPLREQ-08", ("another/journal",), ("", JOURNAL)),
    rows("Replicated", "content", "REPLREQ-09", (None,), (b"", b"x")),
    rows("Replicated", "content_delta", "REPLREQ-10", (-1, LEAST), (0, 1)),
    rows("Replicated", "header", "REPLREQ-11", (HEADER,), (None,)),
    rows("Replicated", "registers", "REPLREQ-12", ({}, REGISTERS), (None,)),
    rows("Replicated", "acknowledge", "REPLREQ-13", (True,), (False,)),
    rows("Replicated", "deprecated_journal", "REPLREQ-14", (JOURNAL,), ("",)),
)
_LIST_FRAGMENTS = (
    rows(
        "ListFragments",
        "",
        "FRAGSREQ-03",
        (_times(10, 9), _times(0, -1)),
        (_times(10, 10), _times(10, 0), _times(0, 1)),
        name="EndModTime",
    ),
    rows("ListFragments", "next_page_token", "FRAGSREQ-04", (-1, LEAST), (0, 1)),
    rows("ListFragments", "page_limit", "FRAGSREQ-05", (-1, 10_001), (0, 1, 10_000)),
    rows(
        "ListFragments",
        "signatureTTL",
        "FRAGSREQ-06",
        ({}, {"seconds": -1}, {"nanos": -1}),
        (None, {"nanos": 1}, {"seconds": 1}),
    ),
)

ROWS = (*_READ, *_APPEND, *_REPLICATE, *_LIST_FRAGMENTS)
NEWEST_ROWS = (
    rows(
        "Health",
        "",
        "HEALTHREQ-02",
        ({"check_delete_prefix": "a/"},),
        ({"check_delete": True, "check_delete_prefix": "a/"},),
        name="CheckDeletePrefix",
    ),
    rows(
        "Health",
        "",
        "HEALTHREQ-03",
        ({"check_delete": True, "check_delete_prefix": "a"},),
        ({"check_delete": True, "check_delete_prefix": "a/b/"},),
        name="CheckDeletePrefix",
    ),
    rows(
        "Health",
        "",
        "HEALTHREQ-04",
        ({"check_delete": True, "check_delete_prefix": "../a/"},),
        name="CheckDeletePrefix",
    ),
    rows(
        "Health",
        "",
        "HEALTHREQ-05",
        ({"check_delete": True, "check_delete_prefix": "a//b/"},),
        name="CheckDeletePrefix",
    ),
)

"""Boundaries of names: of journals, and of the paths and tokens that they are made of."""

from conformance.boundaries.row import crossed, rows

UPSERTED = "JOURNALSPEC-01 CHANGE-02 APPLYREQ-01"
PROPOSED = "FRAGMENT-01 REPLREQ-03"
_TAKERS = (
    ("Read", "journal", "READREQ-02"),
    ("ListFragments", "journal", "FRAGSREQ-02"),
    ("Append", "journal", "APPENDREQ-02"),
    ("Replicate", "proposal.journal", PROPOSED),
)
_APPLIED = (
    ("Delete", "changes.0.delete", "CHANGE-04 APPLYREQ-01"),
    ("Upsert", "changes.0.upsert.name", UPSERTED),
)
LONGEST = "n" * 512
_NAMES = (
    (
        "",
        "JOURNAL-01 PATHCOMP-01",
        ("abc", "éa", f"{LONGEST}n", "é" * 257),
        ("q-_+", "éaa", LONGEST, "é" * 256),
    ),
    (
        "",
        "JOURNAL-02 PATHCOMP-02 TOKEN-02",
        ("ab cd", "q-_+\n", "ab#cd", "ab!cd", "ab:cd", "q-_+\u0301"),
        ("a=b%c", "é中²Ⅰ/x-_+.y"),
    ),
    (
        "",
        "JOURNAL-03 PATHCOMP-03",
        ("ab//cd", "q-_+/", "./q-_+", "ab/../cd", "ab/./cd"),
        ("ab/cd", "..q/cd", "../q-_+", "...."),
    ),
    ("", "JOURNAL-04 PATHCOMP-04", ("/q-_+",), ("q-_+",)),
)
_METADATA = (
    (
        "",
        "JOURNAL-05 PATHCOMP-01",
        ("q-_+;", f"q-_+;{LONGEST}m", f"q-_+;{'é' * 257}"),
        ("q-_+;m", f"q-_+;{LONGEST}"),
    ),
    ("", "JOURNAL-06 PATHCOMP-02 TOKEN-02", ("q-_+;a b", "q-_+;a;b"), ("q-_+;a=b%c",)),
    ("", "JOURNAL-07 PATHCOMP-03", ("q-_+;a//b", "q-_+;a/"), ("q-_+;a/b",)),
    ("", "JOURNAL-08 PATHCOMP-04", ("q-_+;/a",), ("q-_+;a",)),
)
_REFUSED_METADATA = tuple((field, rules, outside, ()) for field, rules, outside, _ in _METADATA)
"""Without names that are valid: a deletion of such a one ends real brokers."""

ROWS = (
    *crossed(_TAKERS + _APPLIED, _NAMES),
    *crossed(_TAKERS, _METADATA),
    *crossed(_APPLIED, _REFUSED_METADATA),
    rows("Upsert", "changes.0.upsert.name", "JOURNALSPEC-02 CHANGE-02 APPLYREQ-01", ("q-_+;m",)),
    *crossed(
        [("Replicate", "proposal", "FRAGMENT-04 REPLREQ-03")],
        [
            ("path_postfix", "PATHCOMP-01", (f"{LONGEST}n",), ("", LONGEST)),
            ("path_postfix", "PATHCOMP-02 TOKEN-02", ("a b", "a;b"), ("date=1/hour=2",)),
            ("path_postfix", "PATHCOMP-03", ("a//b", "a/", "./a"), ("a/b", "..")),
            ("path_postfix", "PATHCOMP-04", ("/a",), ("a",)),
        ],
    ),
)

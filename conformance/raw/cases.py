"""The table of raw cases.

What each may end in was seen at real brokers, then widened to what the common gRPC servers do:
some wait for their client's deadline where others refuse, and some do not look at flags.
"""

from conformance.raw.case import (
    Case,
    appended,
    at_path,
    body,
    bytewise,
    framed,
    gzipped,
    never_half_closed,
    padded,
    pseudo,
    reset_midway,
)

UNARY = ("List", "Apply", "Read", "ListFragments", "FragmentStoreHealth")
"""RPCs whose request is one message."""

FRAMING = (
    Case(
        "length-beyond-the-end",
        body(lambda m: framed(m, length=len(m) + 10)),
        ("refused", "silent"),
    ),
    Case("length-beyond-the-limit", body(lambda m: framed(m, length=2**32 - 1)), ("refused",)),
    Case("prefix-cut-short", body(lambda _: b"\0\0"), ("refused", "silent")),
    Case("compressed-without-encoding", body(lambda m: framed(m, flag=1)), ("refused",)),
    Case("undefined-flag", body(lambda m: framed(m, flag=2)), ("refused", "silent", "served")),
    Case(
        "two-messages-where-one-is-due", body(lambda m: framed(m) * 2), ("refused", "served"), UNARY
    ),
    Case("no-message", body(lambda _: b""), ("refused", "silent")),
    Case(
        "gzip-that-is-none",
        body(lambda _: framed(b"none", flag=1), grpc_encoding="gzip"),
        ("refused",),
    ),
    Case("gzip", body(gzipped, grpc_encoding="gzip"), ("served", 12)),
    Case("unknown-encoding", body(lambda m: framed(m, flag=1), grpc_encoding="nope"), ("refused",)),
    Case("byte-by-byte", bytewise, ("served",)),
    Case("padding", padded, ("served", "refused")),
    Case("reset-midway", reset_midway, ("served",)),
    Case("missing-half-close", never_half_closed, ("served", "refused")),
)

MESSAGE = (
    Case("wrong-wire-type", body(lambda _: framed(b"\x0d\0\0\0\0")), ("refused", "served")),
    Case("unknown-field", appended(b"\xf8\x7f\x01"), ("served",)),
    Case("unknown-group", appended(b"\xfb\x7f\xfc\x7f"), ("served",)),
    Case("repeated-message", body(lambda m: framed(m + m)), ("served", "refused")),
    Case("unclosed-group", appended(b"\xfb\x7f"), ("refused",)),
    Case("stray-end-of-group", appended(b"\xfc\x7f"), ("refused",)),
    Case("undefined-wire-type", appended(b"\xff\x7f"), ("refused",)),
    Case("field-number-zero", appended(b"\x00\x01"), ("refused",)),
    Case("varint-cut-short", appended(b"\xf8"), ("refused",)),
    Case("varint-too-long", appended(b"\xf8\x7f" + b"\xff" * 10 + b"\x01"), ("refused",)),
    Case("field-cut-short", appended(b"\x0a\x7f"), ("refused",)),
    Case("negative-length", appended(b"\x0a" + b"\xff" * 9 + b"\x01"), ("refused",)),
    Case("invalid-utf8", appended(b"\xfa\x7f\x02\xff\xfe"), ("served",)),
)

HEADERS = (
    Case("get", pseudo("method", "GET"), ("refused",)),
    Case("put", pseudo("method", "PUT"), ("refused",)),
    Case(
        "json-content-type",
        body(framed, content_type="application/json"),
        ("refused", "silent", "served"),
    ),
    Case("no-content-type", body(framed, content_type=""), ("refused", "silent", "served")),
    Case("metadata-of-20-kb", body(framed, x_big="a" * 20_000), ("served", "refused")),
    Case("malformed-timeout", body(framed, grpc_timeout="soon"), ("refused", "served")),
    Case("negative-timeout", body(framed, grpc_timeout="-1S"), ("refused", "served")),
    Case("no-time-at-all", body(framed, grpc_timeout="0n"), ("refused", "served")),
    Case("binary-metadata-that-is-none", body(framed, x_a_bin="%%%"), ("refused", "served")),
    Case("no-te", body(framed, te=""), ("served", "refused")),
    Case("no-authority", pseudo("authority", ""), ("served", "refused")),
    Case("path-with-a-tail", at_path(lambda path: f"{path}/"), (12, "refused")),
    Case("path-in-lower-case", at_path(str.lower), (12, "refused")),
    Case("unknown-service", at_path(lambda _: "/protocol.Nothing/List"), (12, "refused")),
)

CASES = FRAMING + MESSAGE + HEADERS

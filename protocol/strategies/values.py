"""Strategies of the strings and numbers that messages are made of.

`valid_…` gives what a broker accepts; `broken_…` what breaks exactly one of its rules.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LETTERS = "abcxyzABCXYZ0189éß日本Ⅷ½"
TOKEN = LETTERS + "-_+/."
PATH = LETTERS + "-_+.=%"
STRANGE = "#?:*!@&, \t\n\u0301😀\ufffd"
"""Characters that are in no token and no path; `;` is not here, it divides journals."""

Text = SearchStrategy[str]
Number = SearchStrategy[int]


def sized(alphabet: str, low: int, high: int) -> Text:
    """Texts over `alphabet` of `low` to `high` bytes; few are long."""
    short = st.text(alphabet, min_size=min(low, 24), max_size=min(high, 24))
    ends = st.sampled_from([low, high]).map(lambda size: "a" * size)
    return (short | ends).filter(lambda text: low <= len(text.encode()) <= high)


def unsized(low: int, high: int) -> Text:
    """Texts that are shorter than `low` bytes, or longer than `high`, by little."""
    sizes = [size for size in (low - 1, high + 1) if size >= 0]
    return st.sampled_from(sizes).map(lambda size: "a" * size)


def strange(low: int, high: int) -> Text:
    """Texts of `low` to `high` bytes with a character that nothing allows."""
    text = sized(LETTERS, max(0, low - 4), min(high, 24) - 4)
    return st.tuples(text, st.sampled_from(STRANGE), st.just("aaaa")).map("".join)


def valid_path(low: int = 1, high: int = 512) -> Text:
    """Relative paths in their shortest form, of `low` to `high` bytes."""
    part = st.text(PATH, min_size=1, max_size=8).filter(lambda text: text not in {".", ".."})
    parts = st.lists(part, min_size=1, max_size=4).map("/".join)
    upwards = st.sampled_from(["", "", "", "../", "../../"])
    paths = st.tuples(upwards, parts).map("".join)
    ends = st.sampled_from([low, high]).map(lambda size: "a" * size)
    return (paths | ends).filter(lambda path: low <= len(path.encode()) <= high)


def unclean_path() -> Text:
    """Relative paths that could be shorter."""
    rest = st.sampled_from(["/", "//b", "/./b", "/../b", "/.", "/..", "/b/"])
    return st.tuples(valid_path(4, 100), rest).map("".join)


def rooted_path() -> Text:
    """Rooted paths in their shortest form."""
    below = valid_path(4, 100).filter(lambda path: not path.startswith(".."))
    return below.map(lambda path: f"/{path}")


def broken_path(low: int, high: int) -> Text:
    """Texts that break one of the rules of a path of `low` to `high` bytes."""
    return unsized(low, high) | strange(low, high) | unclean_path() | rooted_path()


def valid_name() -> Text:
    """Names of journals, without metadata."""
    return valid_path(4, 512)


def valid_journal() -> Text:
    """Names of journals, with metadata or without."""
    metadata = st.just("") | valid_path(1, 512).map(lambda path: f";{path}")
    return st.tuples(valid_name(), metadata).map("".join)


def broken_journal() -> Text:
    """Texts that break one of the rules of a journal."""
    metadata = broken_path(1, 512) | st.just("one;two")
    with_metadata = st.tuples(valid_name(), metadata).map(";".join)
    return broken_path(4, 512) | with_metadata


def valid_endpoint() -> Text:
    """URLs of processes."""
    scheme = st.sampled_from(["http", "https", "unix", "other", "HTTP"])
    host = st.sampled_from(["host", "1.2.3.4", "[::1]", "é.example", "user@host", ""])
    port = st.none() | st.integers(0, 99999)
    path = st.just("") | valid_path().map(lambda path: f"/{path}".replace("%", "%25"))

    def joined(parts: tuple[str, str, int | None, str]) -> str:
        scheme, host, port, path = parts
        return f"{scheme}://{host or 'h'}{'' if port is None else f':{port}'}{path}"

    return st.tuples(scheme, host, port, path).map(joined)


BROKEN_URLS = st.sampled_from(
    [":foo", "http://h:port", "http://h/%zz", "http://a b", "http://[::1", "1:b", "http://h\x00/"]
)


def broken_endpoint() -> Text:
    """Texts that break one of the rules of an endpoint."""
    relative = st.sampled_from(["", "host", "//host/path", "/path", "./a:b"])
    without_host = st.sampled_from(["http:", "http:///path", "host:80", "mailto:a@b"])
    return BROKEN_URLS | relative | without_host


def valid_store() -> Text:
    """URLs of fragment stores."""
    prefix = st.just("") | valid_path(1, 40).map(lambda path: f"{path}/".replace("%", "%25"))
    start = st.sampled_from(
        ["s3://bucket/", "gs://bucket/", "azure://account/", "file:///", "azure-ad://t/a/c/"]
    )
    query = st.sampled_from(["", "?region=us-east-1", "?find=a&replace=b"])
    return st.tuples(start, prefix, query).map("".join)


def broken_store() -> Text:
    """Texts that break one of the rules of a fragment store."""
    return BROKEN_URLS | st.sampled_from(
        [
            *("", "s3", "bucket/path/", "//b/"),
            *("s3://", "gs:///path/", "azure:/c/", "s3:path/"),
            *("azure-ad:///account/container/", "azure-ad:///"),
            *("azure-ad://tenant/", "azure-ad://tenant//container/"),
            *("azure-ad://tenant/account/", "azure-ad://tenant/account//prefix/"),
            *("file://host/path/", "http://host/", "mailto:a@b"),
            *("s3://b", "gs://b/x", "file:///x", "azure-ad://t/a/c"),
            *("azure-ad:", "azure-ad://tenant", "azure-ad://tenant/account"),
        ]
    )


INT32 = (-(1 << 31), (1 << 31) - 1)
INT64 = (-(1 << 63), (1 << 63) - 1)


def below(bound: int) -> Number:
    """Numbers of 64 bits less than `bound`."""
    return st.integers(INT64[0], bound - 1)


def upwards(bound: int) -> Number:
    """Numbers of 64 bits from `bound` on."""
    return st.integers(bound, INT64[1])


def other_numbers(low: int, high: int) -> Number:
    """Numbers of 32 bits that are not from `low` to `high`."""
    return st.integers(INT32[0], low - 1) | st.integers(high + 1, INT32[1])


def status(*names: int, known: bool = True) -> Number:
    """Statuses that brokers know, but none of `names`; or those that they do not know."""
    if not known:
        return other_numbers(0, 15)
    return st.sampled_from([number for number in range(16) if number not in names])

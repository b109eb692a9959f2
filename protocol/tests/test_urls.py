"""URLs as brokers read them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.urls import Url, UrlError, parse, unescape

PIECES = st.sampled_from([*"abz019:/?#[]@%. é|", "//", "://", "http", "%41", "%zz", "::1", "%25"])


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", Url()),
        ("HTTP://User:pw@Host:80/a%20b?q#f", Url("http", "Host:80", "/a b", "q")),
        ("s3://bucket/%2F", Url("s3", "bucket", "//")),
        ("mailto:a@b?c", Url("mailto", raw_query="c", opaque="a@b")),
        ("///a", Url(path="///a")),
        ("file:///a", Url("file", path="/a")),
        ("http://[fe80::1%25en0]:80", Url("http", "[fe80::1%en0]:80")),
        ("*", Url(path="*")),
    ],
)
def test_a_url_has_parts(text: str, url: Url) -> None:
    """A URL is taken apart; host and path are decoded, the query is not."""
    assert parse(text) == url


@given(st.lists(PIECES).map("".join) | st.text())
@example("http://[")
@example("http://[::1]:%30")
def test_a_text_is_a_url_or_an_error(text: str) -> None:
    """Whatever the text, it is taken apart, or refused by name."""
    try:
        url = parse(text)
    except UrlError as error:
        assert str(error).startswith('parse "')  # noqa: PT017 - it may also succeed
    else:
        assert url.scheme == url.scheme.lower()
        assert not (url.opaque and (url.host or url.path))


def test_unescape_decodes_bytes() -> None:
    """Escapes are bytes; those that are not UTF-8 survive as surrogates."""
    assert unescape("%C3%A9%ff") == "é\udcff"
    with pytest.raises(UrlError, match='invalid URL escape "%"'):
        unescape("a%")

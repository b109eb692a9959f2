"""Signed URLs of the cluster's own endpoint."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from mockbroker.store.links import HttpLinks, LinkError


class _Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> _Clock:
    """A clock that stands still."""
    return _Clock()


@pytest.fixture
def links(clock: _Clock) -> HttpLinks:
    """Links of an endpoint."""
    return HttpLinks("http://127.0.0.1:1/fragments", b"secret", clock)


def _parts(url: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(url)
    return unquote(split.path).removeprefix("/fragments"), dict(parse_qsl(split.query))


@pytest.mark.parametrize("key", ["/acme/a/1.raw", "/a b/ä%20;x=1/1?#.gz"])
def test_reads_what_was_signed_until_it_expires(links: HttpLinks, clock: _Clock, key: str) -> None:
    """A URL is good for its key, and for its time."""
    path, arguments = _parts(links.sign(key, 60))

    assert path == key
    clock.time = 1060
    links.check(path, arguments)
    clock.time = 1060.1
    with pytest.raises(LinkError, match="request has expired"):
        links.check(path, arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "9999.000"},
        {"signature": "00"},
        {"signature": "ä"},
        {"expires": "", "signature": ""},
    ],
)
def test_refuses_what_was_not_signed(links: HttpLinks, change: dict[str, str]) -> None:
    """A changed expiry, signature, key or cluster makes a URL worthless."""
    path, arguments = _parts(links.sign("/acme/a/1.raw", 60))

    with pytest.raises(LinkError, match="signature does not match"):
        links.check(path, arguments | change)
    with pytest.raises(LinkError, match="signature does not match"):
        links.check("/acme/b/1.raw", arguments)
    with pytest.raises(LinkError, match="signature does not match"):
        HttpLinks("http://127.0.0.1:1", b"other", lambda: 0).check(path, arguments)

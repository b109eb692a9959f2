"""Fragments fetched from their stores, by HTTP and from files."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from protocol import CompressionCodec, Fragment
from protocol.client import FragmentCorruptError, FragmentFetchError, FragmentSchemeError
from protocol.client.fetch import fetch_fragment
from protocol.codecs import encode
from protocol.fragments import sum_from_digest

_DATA = b"some content of a fragment\n" * 9000


def _fragment(codec: int = CompressionCodec.NONE, data: bytes = _DATA) -> Fragment:
    return Fragment(
        journal="a/journal",
        begin=100,
        end=100 + len(data),
        sum=sum_from_digest(hashlib.sha1(data, usedforsecurity=False).digest()),
        compression_codec=codec,  # type: ignore[arg-type] # enums of the wire are numbers
    )


class _Store(ThreadingHTTPServer):
    """Serves one body to all, and keeps what it was asked."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = status, body, headers
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """The URL of everything."""
        return f"http://127.0.0.1:{self.server_port}/bucket/object?signature=abc"


class _Handler(BaseHTTPRequestHandler):
    server: _Store

    def do_GET(self) -> None:
        """Answers."""
        status, body, headers = self.server.answer
        self.server.asked.append(dict(self.headers))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Is quiet."""


@contextmanager
def _store(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> Iterator[_Store]:
    store = _Store(status, body, headers or {})
    thread = threading.Thread(target=store.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        thread.join()
        store.server_close()


def _fetch(fragment: Fragment, url: str, file_root: Path | None = None) -> bytes:
    root = None if file_root is None else str(file_root)
    with fetch_fragment(fragment, url, timeout=20, clock=monotonic, file_root=root) as file:
        return file.read()


@pytest.mark.parametrize("codec", [1, 2, 3, 4], ids=["none", "gzip", "zstandard", "snappy"])
def test_decompressed_and_verified(codec: int) -> None:
    """The content of a file comes decompressed; only gzip is asked for as it is."""
    with _store(b"".join(encode(codec, [_DATA]))) as store:
        assert _fetch(_fragment(codec), store.url) == _DATA
        assert store.asked[0]["Accept-Encoding"] == ("gzip" if codec == 2 else "identity")


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_offloaded_decompression(headers: dict[str, str]) -> None:
    """Stores decompress what they were told to; we do if they did not."""
    body = gzip.compress(_DATA) if headers else _DATA
    with _store(body, headers=headers) as store:
        fragment = _fragment(CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION)

        assert _fetch(fragment, store.url) == _DATA
        assert store.asked[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "status", "codec", "problem"),
    [
        (_DATA, 404, 1, "404"),
        (_DATA, 403, 1, "403"),
        (_DATA, 500, 1, "500"),
        (_DATA, 206, 1, "HTTP status 206"),
        (_DATA[:-1], 200, 1, "unexpected EOF"),
        (_DATA + b"x", 200, 1, "expected EOF"),
        (b"not gzip", 200, 2, "invalid gzip data"),
        (b"not snappy", 200, 4, "unexpected EOF|invalid snappy data"),
    ],
    ids=["404", "403", "500", "206", "short", "long", "corrupt gzip", "corrupt snappy"],
)
def test_wrong_answers(body: bytes, status: int, codec: int, problem: str) -> None:
    """Anything but the whole file, with status 200, is an error that names its fragment."""
    fragment = _fragment(codec)
    with _store(body, status) as store, pytest.raises(FragmentFetchError, match=problem) as caught:
        _fetch(fragment, store.url)

    assert caught.value.fragment == fragment
    assert caught.value.journal == "a/journal"


def test_wrong_sum() -> None:
    """Content with another sum is never returned."""
    with (
        _store(_DATA[:-1] + b"X") as store,
        pytest.raises(FragmentCorruptError, match="does not have its SHA-1 sum"),
    ):
        _fetch(_fragment(), store.url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_proxies_are_not_for_loopback(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A store on this machine is fetched from directly, whatever the environment says."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with _store(_DATA) as store:
        assert _fetch(_fragment(), store.url.replace("127.0.0.1", host)) == _DATA


def test_nobody_listens() -> None:
    """A store that cannot be reached is an error of the fetch."""
    with pytest.raises(FragmentFetchError, match="cannot fetch the fragment"):
        _fetch(_fragment(), "http://127.0.0.1:1/object")


def test_files(tmp_path: Path) -> None:
    """Files are read below the root that was given."""
    path = tmp_path / "store" / "a b"
    path.parent.mkdir()
    path.write_bytes(_DATA)

    assert _fetch(_fragment(), "file:///store/a%20b", tmp_path) == _DATA


def test_files_outside(tmp_path: Path) -> None:
    """URLs that lead out of the root are refused."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(_DATA)

    with pytest.raises(FragmentFetchError, match="leads out of"):
        _fetch(_fragment(), "file:///../secret", root)


@pytest.mark.parametrize("url", ["file:///a", "memory:///a", "ftp://host/a", "nonsense"])
def test_other_schemes(url: str) -> None:
    """What is not fetched from here is told apart, since a broker can do it."""
    with pytest.raises(FragmentSchemeError, match="cannot fetch fragments by"):
        _fetch(_fragment(), url)


def test_too_slow() -> None:
    """A fetch ends at its deadline."""
    times = iter([0.0, 0.5, 31.0])
    with _store(_DATA) as store, pytest.raises(FragmentFetchError, match="within 30 seconds"):
        fetch_fragment(_fragment(), store.url, timeout=30, clock=lambda: next(times))

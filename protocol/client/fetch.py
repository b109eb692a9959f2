"""Fragments fetched from their stores: decompressed, and whole only if their sum is right."""

import hashlib
import http.client
import ipaddress
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import unquote, urlsplit

from protocol.client.content import IN_MEMORY, PIECE
from protocol.client.errors import (
    FragmentCorruptError,
    FragmentFetchError,
    FragmentSchemeError,
)
from protocol.codecs import CodecError, read_fragment
from protocol.fragments import digest_of
from protocol.wire.messages import CompressionCodec, Fragment

_OFFLOADED = CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION


def fetch_fragment(
    fragment: Fragment,
    url: str,
    *,
    timeout: float,
    clock: Callable[[], float],
    file_root: str | None = None,
) -> IO[bytes]:
    """Returns the content of `fragment` as a temporary file, which stands at its begin.

    Args:
        fragment: What is fetched.
        url: From where: `http`, `https`, or `file`.
        timeout: Seconds that it may take.
        clock: Tells the time in seconds.
        file_root: The directory of `file` URLs; None if they cannot be fetched from here.

    Raises:
        FragmentFetchError: It could not be fetched, or what was is not the fragment.
    """
    begun = clock()
    spool: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - returned
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        for piece in _content(fragment, url, timeout, file_root):
            digest.update(piece)
            spool.write(piece)
            _check_time(clock() - begun, timeout)
        _check_sum(fragment, digest.digest(), url)
    except (CodecError, OSError, http.client.HTTPException) as error:
        spool.close()
        raise FragmentFetchError(
            f"cannot fetch the fragment: {error}", fragment=fragment, url=url
        ) from error
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _check_time(elapsed: float, timeout: float) -> None:
    if elapsed > timeout:
        raise TimeoutError(f"not fetched within {timeout:g} seconds")


def _check_sum(fragment: Fragment, digest: bytes, url: str) -> None:
    if digest != digest_of(fragment.sum):
        raise FragmentCorruptError(
            "the fragment's content does not have its SHA-1 sum", fragment=fragment, url=url
        )


def _content(
    fragment: Fragment, url: str, timeout: float, file_root: str | None
) -> Iterator[bytes]:
    scheme = urlsplit(url).scheme
    if scheme == "file" and file_root is not None:
        with _path(fragment, url, file_root).open("rb") as file:
            yield from read_fragment(fragment, _pieces(file))
    elif scheme in {"http", "https"}:
        with _open(fragment, url, timeout) as response:
            encoding = response.headers.get("Content-Encoding", "")
            offloaded = fragment.compression_codec == _OFFLOADED
            yield from read_fragment(
                fragment, _pieces(response), content_encoding=encoding if offloaded else ""
            )
    else:
        raise FragmentSchemeError(
            f"cannot fetch fragments by {scheme or 'such'} URLs", fragment=fragment, url=url
        )


def _path(fragment: Fragment, url: str, file_root: str) -> Path:
    root = Path(file_root).resolve()
    path = root.joinpath(unquote(urlsplit(url).path).lstrip("/")).resolve()
    if not path.is_relative_to(root):
        raise FragmentFetchError(f"its URL leads out of {file_root}", fragment=fragment, url=url)
    return path


def _open(fragment: Fragment, url: str, timeout: float) -> http.client.HTTPResponse:
    """Begins to fetch; gzip stays as it is, and stores decompress what they offload."""
    compressed = fragment.compression_codec == CompressionCodec.GZIP
    request = urllib.request.Request(  # noqa: S310 - of http or https, as checked
        url, headers={"Accept-Encoding": "gzip" if compressed else "identity"}
    )
    proxies = urllib.request.ProxyHandler({} if _is_loopback(url) else None)
    try:
        response: http.client.HTTPResponse = urllib.request.build_opener(proxies).open(
            request, timeout=timeout
        )
    except urllib.error.HTTPError as error:
        error.close()
        raise
    if response.status != http.HTTPStatus.OK:
        response.close()
        raise FragmentFetchError(
            f"cannot fetch the fragment: HTTP status {response.status}",
            fragment=fragment,
            url=url,
        )
    return response


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pieces(file: IO[bytes] | http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece

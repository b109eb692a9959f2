"""URLs as brokers read them: laxer than RFC 3986, with error texts of their own.

Strings may hold bytes that are not UTF-8, as Python's `surrogateescape` has them.
"""

from typing import NamedTuple, NoReturn
from urllib.parse import unquote_to_bytes

from protocol.addresses import AddressError, check_address
from protocol.characters import ASCII_ALPHANUMERIC
from protocol.errors import ProtocolError
from protocol.text import go_quote

_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_SCHEME = ASCII_ALPHANUMERIC.union("+-.")
_NOT_FIRST_OF_SCHEME = _DIGITS.union("+-.")
_CONTROL = frozenset(map(chr, [*range(0x20), 0x7F]))
_HOST = ASCII_ALPHANUMERIC.union("""!"$&'()*+,-.:;<=>[]_~""")
_USERINFO = ASCII_ALPHANUMERIC.union("-._:~!$&'()*+,;=%@")


class UrlError(ProtocolError):
    """A text is not a URL; `str()` is the exact text of a broker."""


class Url(NamedTuple):
    """The parts of a URL.

    Attributes:
        scheme: In lower case; empty if the URL is relative.
        host: With its port, without user information, percent-decoded.
        path: Percent-decoded; empty where `opaque` is not.
        raw_query: What follows the first `?`, undecoded.
        opaque: What follows the scheme if that is not a path, as in `mailto:a@b`.
    """

    scheme: str = ""
    host: str = ""
    path: str = ""
    raw_query: str = ""
    opaque: str = ""


def parse(value: str) -> Url:
    """Returns the parts of `value`.

    Raises:
        UrlError: `value` is not a URL.
    """
    text, _, fragment = value.partition("#")
    try:
        url = _parse(text)
    except UrlError as reason:
        raise UrlError(f"parse {go_quote(text)}: {reason}") from None
    try:
        unescape(fragment)
    except UrlError as reason:
        raise UrlError(f"parse {go_quote(value)}: {reason}") from None
    return url


def _parse(text: str) -> Url:
    if not _CONTROL.isdisjoint(text):
        raise UrlError("net/url: invalid control character in URL")
    scheme, rest = _split_scheme(text)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, raw_query=query, opaque=rest)
        if ":" in rest.partition("/")[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host_of(authority), slash + path
    return Url(scheme, host, unescape(rest), query)


def _split_scheme(text: str) -> tuple[str, str]:
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.issuperset(scheme):
        return "", text
    if not scheme:
        raise UrlError("missing protocol scheme")
    if scheme[0] in _NOT_FIRST_OF_SCHEME:
        return "", text
    return scheme.lower(), rest


def _host_of(authority: str) -> str:
    userinfo, _, host = authority.rpartition("@")
    host = _literal_host(host) if "[" in host else _named_host(host)
    if not _USERINFO.issuperset(userinfo):
        raise UrlError("net/url: invalid userinfo")
    for part in userinfo.split(":", 1):
        unescape(part)
    return host


def _named_host(host: str) -> str:
    _, colon, port = host.rpartition(":")
    if colon:
        _check_port(colon + port)
    return _unescape_host(host)


def _literal_host(host: str) -> str:
    if host.rindex("["):
        raise UrlError("invalid IP-literal")
    literal, bracket, port = host[1:].rpartition("]")
    if not bracket:
        raise UrlError("missing ']' in host")
    _check_port(port)
    address, percent, zone = literal.partition("%25")
    literal = _unescape_host(address) + _unescape_host(percent + zone, zone=True)
    try:
        version = check_address(literal)
    except AddressError as error:
        raise UrlError(f"invalid host: {error}") from None
    if version == 4:
        raise UrlError("invalid IP-literal")
    return f"[{literal}]{port}"


def _check_port(text: str) -> None:
    if text and not (text[0] == ":" and _DIGITS.issuperset(text[1:])):
        raise UrlError(f"invalid port {go_quote(text)} after host")


def _unescape_host(text: str, *, zone: bool = False) -> str:
    """Decodes `text`; escapes may hold what is not ASCII, and in a zone what a host may."""
    index = 0
    while index < len(text):
        char = text[index]
        if char == "%":
            code = _escaped(text, index)
            escapable = code >= 0x80 or code == 0x25
            if not escapable and not (zone and (code == 0x20 or chr(code) in _HOST)):
                _bad_escape(text[index : index + 3])
            index += 3
            continue
        if char.isascii() and char not in _HOST:
            raise UrlError(f"invalid character {go_quote(char)} in host name")
        index += 1
    return _decoded(text)


def unescape(text: str) -> str:
    """Returns `text` percent-decoded.

    Raises:
        UrlError: A percent sign is not followed by two hexadecimal digits.
    """
    index = text.find("%")
    while index >= 0:
        _escaped(text, index)
        index = text.find("%", index + 3)
    return _decoded(text)


def _escaped(text: str, index: int) -> int:
    digits = text[index + 1 : index + 3]
    if len(digits) < 2 or not _HEX.issuperset(digits):
        _bad_escape(text[index:])
    return int(digits, 16)


def _bad_escape(rest: str) -> NoReturn:
    three = rest.encode("utf-8", "surrogateescape")[:3].decode("utf-8", "surrogateescape")
    raise UrlError(f"invalid URL escape {go_quote(three)}")


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    data = unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
    return data.decode("utf-8", "surrogateescape")

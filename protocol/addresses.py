"""IP addresses, as far as a broker's complaints about them go."""

from typing import NoReturn

from protocol.errors import ProtocolError
from protocol.text import go_quote

_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")


class AddressError(ProtocolError):
    """A text is not an IP address; `str()` is the exact text of a broker."""


class _ReasonError(Exception):
    def __init__(self, reason: str, rest: str = "") -> None:
        super().__init__(f"{reason} (at {go_quote(rest)})" if rest else reason)


def check_address(text: str) -> int:
    """Returns the version of the IP address `text`, 4 or 6; a zone may follow the latter.

    Raises:
        AddressError: `text` is not an IP address.
    """
    try:
        return _check(text)
    except _ReasonError as reason:
        raise AddressError(f"ParseAddr({go_quote(text)}): {reason}") from None


def _check(text: str) -> int:
    first = next((char for char in text if char in ".:%"), "")
    if first == ".":
        _check_ipv4(text)
        return 4
    if first == ":":
        _check_ipv6(text)
        return 6
    raise _ReasonError("missing IPv6 address" if first else "unable to parse IP")


def _check_ipv6(text: str) -> None:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        raise _ReasonError("zone must be a non-empty string")
    gap = rest.startswith("::")
    rest = rest[2:] if gap else rest
    groups = 0
    while groups < 8 and (rest or not groups) and not (gap and not rest):
        digits = _leading_digits(rest)
        if rest[digits : digits + 1] == ".":
            _check_embedded(rest, groups, gap=gap)
            rest, groups = "", groups + 2
            break
        groups += 1
        rest, doubled = _after_colon(rest[digits:], gap=gap)
        gap = gap or doubled
    _check_length(rest, groups, gap=gap)


def _leading_digits(rest: str) -> int:
    digits = next((i for i, char in enumerate(rest) if char not in _HEX), len(rest))
    if digits > 4:
        raise _ReasonError("each group must have 4 or less digits", rest)
    if not digits:
        raise _ReasonError("each colon-separated field must have at least one digit", rest)
    return digits


def _after_colon(rest: str, *, gap: bool) -> tuple[str, bool]:
    """Returns what follows the colon of a group, and whether that was doubled."""
    if not rest:
        return "", False
    if rest[0] != ":":
        raise _ReasonError("unexpected character, want colon", rest)
    if rest == ":":
        raise _ReasonError("colon must be followed by more characters", rest)
    if rest[1] != ":":
        return rest[1:], False
    if gap:
        raise _ReasonError("multiple :: in address", rest[1:])
    return rest[2:], True


def _check_embedded(rest: str, groups: int, *, gap: bool) -> None:
    if not gap and groups != 6:
        raise _ReasonError(
            "embedded IPv4 address must replace the final 2 fields of the address", rest
        )
    if groups > 6:
        raise _ReasonError(
            "too many hex fields to fit an embedded IPv4 at the end of the address", rest
        )
    _check_ipv4(rest)


def _check_length(rest: str, groups: int, *, gap: bool) -> None:
    if rest:
        raise _ReasonError("trailing garbage after address", rest)
    if groups < 8 and not gap:
        raise _ReasonError("address string too short")
    if groups == 8 and gap:
        raise _ReasonError("the :: must expand to at least one field of zeros")


def _check_ipv4(text: str) -> None:
    octet, dots = "", 0
    for index, char in enumerate(text):
        if char in _DIGITS:
            octet = _longer(octet, char)
        elif char == ".":
            if not octet or index == len(text) - 1:
                raise _ReasonError("IPv4 field must have at least one digit", text[index:])
            if dots == 3:
                raise _ReasonError("IPv4 address too long")
            octet, dots = "", dots + 1
        else:
            _unexpected(text[index:])
    if dots < 3:
        raise _ReasonError("IPv4 address too short")


def _longer(octet: str, digit: str) -> str:
    if octet == "0":
        raise _ReasonError("IPv4 field has octet with leading zero")
    if int(octet + digit) > 255:
        raise _ReasonError("IPv4 field has value >255")
    return octet + digit


def _unexpected(rest: str) -> NoReturn:
    raise _ReasonError("unexpected character", rest)

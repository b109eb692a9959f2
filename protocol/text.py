"""Texts a broker puts into its messages: quoted strings, durations, compact messages.

Strings may hold bytes that are not UTF-8, as Python's `surrogateescape` has them.
"""

from typing import TYPE_CHECKING, Any

from protocol.characters import is_printable
from protocol.wire.presence import is_always_present

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protocol.wire.messages import Duration

_SHORT = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_COMPACT = {ord(char): _SHORT[char] for char in '\n\r\t"\\'}
_SECOND = 10**9


def go_quote(value: str) -> str:
    """Returns `value` in double quotes, with what is not printable escaped as Go does."""
    return f'"{"".join(map(_quoted, value))}"'


def _quoted(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if is_printable(char):
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def nanoseconds(duration: "Duration") -> int:
    """Returns the length of `duration` in nanoseconds."""
    return int(duration.seconds) * _SECOND + int(duration.nanos)


def duration_text(nanos: int) -> str:
    """Returns a duration of `nanos` nanoseconds as Go prints it, such as `1h0m0.5s`."""
    sign, nanos = ("-", -nanos) if nanos < 0 else ("", nanos)
    if nanos == 0:
        return "0s"
    for unit, size in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if nanos < size * 1000:
            return f"{sign}{_decimal(nanos, size)}{unit}"
    minutes, rest = divmod(nanos, 60 * _SECOND)
    text = f"{_decimal(rest, _SECOND)}s"
    if minutes:
        text = f"{minutes % 60}m{text}"
    if minutes >= 60:
        text = f"{minutes // 60}h{text}"
    return sign + text


def _decimal(value: int, size: int) -> str:
    whole, fraction = divmod(value, size)
    digits = f"{fraction:0{len(str(size)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)


def compact_text(message: "Message") -> str:
    """Returns `message` on one line, as a broker prints it within an error.

    Each field is followed by one space. Messages a broker always holds are printed
    also where they are absent, save durations; a LabelSelector is printed like any message.
    """
    return "".join(
        f"{field.name}:{_value_text(field, value)} "
        for field in message.DESCRIPTOR.fields
        for value in _printed(message, field)
    )


def _printed(message: "Message", field: Any) -> list[Any]:
    value = getattr(message, field.name)
    if field.is_repeated:
        return list(value)
    if field.message_type is not None:
        return [value] if _is_printed(message, field, value) else []
    return [value] if value else []


def _is_printed(message: "Message", field: Any, value: Any) -> bool:
    if not is_always_present(field):
        return message.HasField(field.name)
    if field.message_type.full_name == "google.protobuf.Duration":
        return nanoseconds(value) != 0
    return True


def _value_text(field: Any, value: Any) -> str:
    if field.message_type is not None:
        return f"<{compact_text(value)}>"
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return f'"{"".join(map(_compact_byte, value))}"'
    return str(value)


def _compact_byte(byte: int) -> str:
    if byte in _COMPACT:
        return _COMPACT[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}


def parse_duration(text: str) -> int | None:
    """Returns the nanoseconds of a duration such as `1h2m3.5s`, or None if it is none."""
    import re  # noqa: PLC0415 - only operators write durations

    amounts = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    part = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)"
    if amounts == "0":
        return 0
    if not re.fullmatch(f"(?:{part})+", amounts):
        return None
    nanos = 0
    for whole, fraction, unit in re.findall(r"([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)", amounts):
        size = _UNITS[unit]
        digits = fraction[:18]
        nanos += int(whole or 0) * size + int(int(digits or 0) * (size / 10 ** len(digits)))
    return -nanos if text.startswith("-") else nanos

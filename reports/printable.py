"""Text from a result file, made harmless to show: every character of it can be seen.

A result file quotes what a broker under test has sent. Control characters, lone surrogates and
direction overrides in it would break XML, drive a terminal or disguise a line; they are written
as escapes instead. Markup (`<`, `&`, `|`) is left to each renderer.
"""

import re
from typing import Any

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line separators and direction marks
    "\ufeff\ufff9-\ufffb\ufffe\uffff"  # marks and non-characters
    "\ud800-\udfff"  # halves of pairs
    "]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    r"""Return `text` with each unseen character as `\\xNN` or `\\uNNNN`; tab and newline stay."""
    return _UNSEEN.sub(_escape, text)


def printable_json(value: Any, *, depth: int = 100) -> Any:
    """Return a JSON value with every string and key in it printable.

    Raises:
        ValueError: The value is nested deeper than `depth`.
    """
    if isinstance(value, str):
        return printable(value)
    if not isinstance(value, list | dict):
        return value
    if not depth:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return [printable_json(item, depth=depth - 1) for item in value]
    return {printable(key): printable_json(item, depth=depth - 1) for key, item in value.items()}

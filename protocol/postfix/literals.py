"""Constants of templates: strings, characters and numbers as Go writes them."""

import math
import re

from protocol.postfix.values import FLOAT64, INT, STRING, UNTYPED, Value
from protocol.text import go_quote

_ESCAPE = re.compile(
    r"""\\(?:(?P<simple>[abfnrtv\\'"])|(?P<octal>[0-3][0-7]{2})|x(?P<hex>[0-9a-fA-F]{2})"""
    r"|u(?P<u4>[0-9a-fA-F]{4})|U(?P<u8>[0-9a-fA-F]{8}))"
)
_SIMPLE = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))
_INTEGER = re.compile(
    r"[+-]?(0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO]?(_?[0-7])+|0|[1-9](_?[0-9])*)"
)
_FLOAT = re.compile(
    r"[+-]?([0-9](_?[0-9])*\.?([0-9](_?[0-9])*)?|\.[0-9](_?[0-9])*)([eE][+-]?[0-9]+)?"
)


class LiteralProblem(Exception):  # noqa: N818 - the parser tells it with its place
    """Why a constant has no value."""


def string(text: str) -> Value:
    """The value of a string in double quotes or backquotes."""
    if text.startswith("`"):
        return Value(STRING, text[1:-1].replace("\r", ""))
    return Value(STRING, _unquoted(text, "'"))


def character(text: str) -> Value:
    """The value of a character in single quotes, which is its code point."""
    value = _unquoted(text, '"')
    if not value:
        raise LiteralProblem("invalid syntax")
    if len(value) != 1:
        raise LiteralProblem(f"malformed character constant: {text}")
    return Value(INT, ord(value))


def number(text: str) -> Value:
    """The value of a number, an `int` unless it has a point or an exponent."""
    if _INTEGER.fullmatch(text):
        whole = int(_python_octal(text), 0)
        if -(1 << 63) <= whole < 1 << 63:
            return Value(INT, whole)
        if whole < 1 << 64:
            return Value(UNTYPED, text)
        raise LiteralProblem(f"integer overflow: {go_quote(text)}")
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        if text.strip("+-").replace("_", "").isdigit():
            raise LiteralProblem(f"integer overflow: {go_quote(text)}")
        return Value(FLOAT64, float(text))
    raise LiteralProblem(f"illegal number syntax: {go_quote(text)}")


def _python_octal(text: str) -> str:
    """The number with a leading 0, if that makes it octal, as Python writes it."""
    return re.sub(r"^([+-]?0)(?=[_0-7])", r"\1o", text)


def _unquoted(text: str, foreign: str) -> str:
    """What is in quotes. Of the two kinds of quotes the other one is never escaped."""
    result, at = [], 1
    while at < len(text) - 1:
        if text[at] != "\\":
            result.append(text[at])
            at += 1
            continue
        found = _ESCAPE.match(text, at)
        if not found or found["simple"] == foreign:
            raise LiteralProblem("invalid syntax")
        result.append(_escaped(found))
        at = found.end()
    return "".join(result).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _escaped(found: re.Match[str]) -> str:
    if found["simple"]:
        return _SIMPLE[found["simple"]]
    if found["octal"] or found["hex"]:
        byte = int(found["octal"], 8) if found["octal"] else int(found["hex"], 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
    code = int(found["u4"] or found["u8"], 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise LiteralProblem("invalid syntax")
    return chr(code)

"""How values look when they are printed, by themselves or by the verbs of `printf`."""

import re
from collections.abc import Callable
from decimal import Decimal

from protocol.postfix.errors import ValueProblem
from protocol.postfix.values import Shape, Value
from protocol.text import go_quote

_DIRECTIVE = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?P<precision>\.\d*)?(?P<verb>[^\d])?", re.DOTALL
)
_MAX_WIDTH = 10_000
_INTEGERS = {Shape.INT, Shape.UINT}


def action_text(value: Value) -> str:
    """What an action whose value it is puts into the text."""
    if value.type.action_text is not None:
        return value.type.action_text(value.raw)
    return text(value)


def text(value: Value) -> str:
    """The value in its own words."""
    if value.is_nil:
        return "<nil>"
    if value.type.text is not None:
        return value.type.text(value.raw)
    match value.type.shape:
        case Shape.BOOL:
            return str(value.raw).lower()
        case Shape.FLOAT:
            return _general(value.raw)
        case Shape.SLICE | Shape.STRUCT:
            return _composite(value, text)
    return str(value.raw)


def printed(values: list[Value]) -> str:
    """The values one after the other, with a blank where two are no strings."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if index and Shape.STRING not in {value.type.shape, values[index - 1].type.shape}:
            parts.append(" ")
        parts.append(text(value))
    return "".join(parts)


def formatted(layout: str, values: list[Value]) -> str:
    """The layout with its directives replaced by the values.

    Raises:
        ValueProblem: The layout uses what is not supported here.
    """
    rest = list(values)
    result = _DIRECTIVE.sub(lambda found: _directive(found, rest), layout)
    if rest and len(rest) <= len(values):
        extra = ", ".join(_typed(value) for value in rest)
        result += f"%!(EXTRA {extra})"
    return result


def _directive(found: re.Match[str], rest: list[Value]) -> str:
    verb = found["verb"]
    if verb is None:
        return "%!(NOVERB)"
    if verb == "%":
        return "%"
    if verb in "*[":
        raise ValueProblem(f"%{verb} is not supported in a path postfix")
    if not rest:
        return f"%!{verb}(MISSING)"
    if max(int(found["width"] or 0), int((found["precision"] or ".0")[1:] or 0)) > _MAX_WIDTH:
        raise ValueProblem(f"a width above {_MAX_WIDTH} is not supported")
    return _Verb(found).format(rest.pop(0))


class _Verb:
    """One directive of a layout."""

    def __init__(self, found: re.Match[str]) -> None:
        self._verb: str = found["verb"]
        self._flags: str = found["flags"]
        self._width = int(found["width"] or 0)
        precision = found["precision"]
        self._precision = int(precision[1:] or 0) if precision else None

    def format(self, value: Value) -> str:
        """The value as the directive has it."""
        if self._verb == "T":
            return self._padded("<nil>" if value.type.shape is Shape.NIL else value.type.name)
        if value.type.shape is Shape.NIL and self._verb != "v":
            return f"%!{self._verb}({text(value)})"
        if value.type.text is not None and self._verb in "vsqxX":
            return self._string(text(value), value)
        return self._by_shape(value)

    def _by_shape(self, value: Value) -> str:
        match value.type.shape:
            case Shape.BOOL:
                return self._bool(value)
            case Shape.INT | Shape.UINT:
                return self._integer(value)
            case Shape.FLOAT:
                return self._float(value)
            case Shape.STRING:
                return self._string(value.raw, value)
            case Shape.SLICE | Shape.STRUCT:
                return self._composite(value)
        return self._padded(text(value))

    def _bool(self, value: Value) -> str:
        return self._padded(text(value)) if self._verb in "vt" else self._bad(value)

    def _composite(self, value: Value) -> str:
        if value.type.element and value.type.element.name == "uint8" and self._verb in "sqxX":
            data = bytes(value.raw).decode("utf-8", "surrogateescape")
            return self._string(data, value)
        return _composite(value, self.format)

    def _string(self, value: str, given: Value) -> str:
        if self._precision is not None and self._verb in "vsq":
            value = value[: self._precision]
        if self._verb in "vs":
            return self._padded(value)
        if self._verb == "q":
            raw = "#" in self._flags and value.isprintable() and "`" not in value
            return self._padded(f"`{value}`" if raw else go_quote(value))
        if self._verb in "xX":
            return self._padded(self._hexadecimal(value))
        return self._bad(given)

    def _hexadecimal(self, value: str) -> str:
        data = value.encode("utf-8", "surrogateescape")[: self._precision]
        prefix = f"0{self._verb}" if "#" in self._flags else ""
        if " " in self._flags:
            digits = " ".join(f"{prefix}{byte:02x}" for byte in data)
        else:
            digits = prefix + data.hex() if data else ""
        return digits.upper() if self._verb == "X" else digits

    def _integer(self, value: Value) -> str:
        number: int = value.raw
        if self._verb in "vd":
            return self._signed(number, str(abs(number)))
        if self._verb in "xXob":
            prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}[self._verb]
            digits = format(abs(number), self._verb)
            return self._signed(number, prefix + digits if "#" in self._flags else digits)
        if self._verb in "cqU":
            return self._character(number)
        return self._bad(value)

    def _character(self, number: int) -> str:
        known = 0 <= number <= 0x10FFFF and not 0xD800 <= number < 0xE000
        char = chr(number) if known else "\ufffd"
        if self._verb == "c":
            return self._padded(char)
        if self._verb == "U":
            return self._padded(f"U+{number:04X}")
        return self._padded(
            "'" + go_quote(char)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
        )

    def _float(self, value: Value) -> str:
        number: float = value.raw
        if self._verb == "v":
            return self._signed(number, _general(abs(number)))
        if self._verb not in "eEfFgG":
            return self._bad(value)
        if self._verb in "gG" and self._precision is None:
            digits = _general(abs(number))
            return self._signed(number, digits.upper() if self._verb == "G" else digits)
        precision = 6 if self._precision is None else self._precision
        return self._signed(number, format(abs(number), f".{precision}{self._verb}"))

    def _signed(self, number: float, digits: str) -> str:
        sign = "-" if number < 0 else "+" if "+" in self._flags else ""
        if not sign and " " in self._flags:
            sign = " "
        if self._precision is not None and isinstance(number, int):
            digits = digits.rjust(self._precision, "0")
        elif "0" in self._flags and "-" not in self._flags:
            digits = digits.rjust(self._width - len(sign), "0")
        return self._padded(sign + digits)

    def _padded(self, value: str) -> str:
        if "-" in self._flags:
            return value.ljust(self._width)
        return value.rjust(self._width, "0" if "0" in self._flags else " ")

    def _bad(self, value: Value) -> str:
        """What a verb that isn't for such values makes of them."""
        verb, self._verb = self._verb, "v"
        shown = self._by_shape(value)
        self._verb = verb
        return f"%!{verb}({value.type.name}={shown})"


def _typed(value: Value) -> str:
    return text(value) if value.type.shape is Shape.NIL else f"{value.type.name}={text(value)}"


def _composite(value: Value, of: Callable[[Value], str]) -> str:
    """The elements of a slice or the fields of a struct, printed by `of`."""
    kind = value.type
    if kind.element is not None:
        return f"[{' '.join(of(Value(kind.element, raw)) for raw in value.raw)}]"
    fields = (kind.members[name] for name in kind.fields)
    return f"{{{' '.join(of(Value(field.type, field.get(value.raw))) for field in fields)}}}"


def _general(number: float) -> str:
    """The shortest digits that tell a float from all others, if need be with an exponent."""
    exact = Decimal(repr(float(number))).normalize()
    exponent = exact.adjusted()
    if -4 <= exponent < 6 or not number:
        return format(exact, "f")
    mantissa = exact.scaleb(-exponent)
    return f"{mantissa:f}e{exponent:+03d}"

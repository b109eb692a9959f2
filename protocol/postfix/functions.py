"""The functions templates may call. `and` and `or` are the evaluator's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol.postfix import escaping, printing
from protocol.postfix.errors import ValueProblem
from protocol.postfix.values import BOOL, INT, STRING, UINT8, GoType, Shape, Value

LAZY = frozenset(("and", "or"))
"""Functions whose arguments are evaluated only as far as they matter."""
UNSUPPORTED = frozenset(("call",))
"""Functions of Go's templates that are not supported here."""

_BASIC = {Shape.BOOL, Shape.INT, Shape.UINT, Shape.FLOAT, Shape.STRING}


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language.

    Attributes:
        call: Makes its value of those of the arguments.
        least: How many arguments it needs.
        most: How many it takes; None if any number.
        first: Type the first argument must have, if any.
    """

    call: Callable[[list[Value]], Value]
    least: int = 1
    most: int | None = None
    first: GoType | None = None


def _bool(raw: bool) -> Value:
    return Value(BOOL, raw)


def _text(raw: str) -> Value:
    return Value(STRING, raw)


def _length(arguments: list[Value]) -> Value:
    item = arguments[0]
    if item.type.shape is Shape.NIL:
        raise ValueProblem("reflect: call of reflect.Value.Type on zero Value")
    if item.is_nil:
        raise ValueProblem("len of nil pointer")
    return Value(INT, len(_elements(item, "len of type {}")))


def _elements(item: Value, problem: str) -> Any:
    if item.type.shape is Shape.STRING:
        return item.raw.encode("utf-8", "surrogateescape")
    if item.type.shape is Shape.SLICE:
        return item.raw
    raise ValueProblem(problem.format(item.type.name))


def _position(index: Value, length: int) -> int:
    """The index of an element, or the one after the last."""
    if index.type.shape is Shape.NIL:
        raise ValueProblem("cannot index slice/array with nil")
    if index.type.shape not in {Shape.INT, Shape.UINT}:
        raise ValueProblem(f"cannot index slice/array with type {index.type.name}")
    if not 0 <= index.raw <= length:
        raise ValueProblem(f"index out of range: {index.raw}")
    return int(index.raw)


def _index(arguments: list[Value]) -> Value:
    item, *indices = arguments
    if item.type.shape is Shape.NIL:
        raise ValueProblem("index of untyped nil")
    for index in indices:
        if item.is_nil:
            raise ValueProblem("index of nil pointer")
        elements = _elements(item, "can't index item of type {}")
        at = _position(index, len(elements))
        if at == len(elements):
            kind = "string" if item.type.shape is Shape.STRING else "slice"
            raise ValueProblem(f"reflect: {kind} index out of range")
        item = Value(item.type.element or UINT8, elements[at])
    return item


def _slice(arguments: list[Value]) -> Value:
    item, *indices = arguments
    if item.type.shape is Shape.NIL:
        raise ValueProblem("slice of untyped nil")
    if item.is_nil:
        raise ValueProblem("slice of nil pointer")
    if len(indices) > 3:
        raise ValueProblem(f"too many slice indexes: {len(indices)}")
    elements = _elements(item, "can't slice item of type {}")
    if len(indices) == 3:
        raise ValueProblem("cannot 3-index slice a string")
    bounds = [_position(index, len(elements)) for index in indices]
    begin, end = (bounds + [0, len(elements)][len(bounds) :])[:2]
    if begin > end:
        raise ValueProblem(f"invalid slice index: {begin} > {end}")
    part = elements[begin:end]
    if isinstance(part, bytes):
        part = part.decode("utf-8", "surrogateescape")
    return Value(item.type, part)


def _incompatible(a: Value, b: Value) -> ValueProblem:
    return ValueProblem(f"incompatible types for comparison: {a.type.name} and {b.type.name}")


def _comparable(a: Value, b: Value) -> bool:
    """Whether both are of the same basic kind; all whole numbers are of one."""
    whole = {Shape.INT, Shape.UINT}
    return a.type.shape is b.type.shape or {a.type.shape, b.type.shape} <= whole


def _are_equal(a: Value, b: Value) -> bool:
    shapes = {a.type.shape, b.type.shape}
    if shapes & _BASIC:
        if not _comparable(a, b):
            if Shape.NIL in shapes:
                return False
            raise _incompatible(a, b)
        return bool(a.raw == b.raw)
    if _is_nil(a) or _is_nil(b):
        return _is_nil(a) == _is_nil(b)
    for value in (a, b):
        if _has_slices(value.type):
            shown = printing.formatted("%s", [value])
            raise ValueProblem(f"non-comparable type {shown}: {value.type.name}")
    return a.type.name == b.type.name and bool(a.raw == b.raw)


def _has_slices(kind: GoType) -> bool:
    fields = (kind.members[name].type for name in kind.fields)
    return kind.shape is Shape.SLICE or any(map(_has_slices, fields))


def _is_nil(value: Value) -> bool:
    return value.is_nil or (value.type.shape is Shape.SLICE and not value.raw)


def _equal(arguments: list[Value]) -> Value:
    first, *others = arguments
    if not others:
        raise ValueProblem("missing argument for comparison")
    return _bool(any(_are_equal(first, other) for other in others))


def _is_less(a: Value, b: Value) -> bool:
    if not {a.type.shape, b.type.shape} <= _BASIC:
        raise ValueProblem("invalid type for comparison")
    if not _comparable(a, b):
        raise _incompatible(a, b)
    if a.type.shape is Shape.BOOL:
        raise ValueProblem("invalid type for comparison")
    return bool(a.raw < b.raw)


def _comparison(decide: Callable[[Value, Value], bool]) -> Builtin:
    return Builtin(lambda arguments: _bool(decide(*arguments)), 2, 2)


def _escaping(escaped: Callable[[str], str]) -> Builtin:
    return Builtin(lambda arguments: _text(escaped(printing.printed(arguments))), 0)


BUILTINS = {
    "eq": Builtin(_equal),
    "ne": _comparison(lambda a, b: not _are_equal(a, b)),
    "lt": _comparison(_is_less),
    "le": _comparison(lambda a, b: _is_less(a, b) or _are_equal(a, b)),
    "gt": _comparison(lambda a, b: not (_is_less(a, b) or _are_equal(a, b))),
    "ge": _comparison(lambda a, b: not _is_less(a, b)),
    "html": _escaping(escaping.for_html),
    "index": Builtin(_index),
    "js": _escaping(escaping.for_javascript),
    "len": Builtin(_length, 1, 1),
    "not": Builtin(lambda arguments: _bool(not arguments[0].is_true), 1, 1),
    "print": Builtin(lambda arguments: _text(printing.printed(arguments)), 0),
    "printf": Builtin(
        lambda arguments: _text(printing.formatted(arguments[0].raw, arguments[1:])),
        first=STRING,
    ),
    "println": Builtin(lambda arguments: _text(" ".join(map(printing.text, arguments)) + "\n"), 0),
    "slice": Builtin(_slice),
    "urlquery": _escaping(escaping.for_query),
}
"""Functions by name."""
NAMES = frozenset(BUILTINS) | LAZY

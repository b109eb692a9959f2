"""Values of templates and their Go types, as far as templates can tell them apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Shape(Enum):
    """What kind of value a type has."""

    BOOL = auto()
    INT = auto()
    UINT = auto()
    FLOAT = auto()
    STRING = auto()
    SLICE = auto()
    STRUCT = auto()
    POINTER = auto()
    NIL = auto()


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """A field, or a method that takes some arguments.

    Attributes:
        type: Type of the field, or of the method's result.
        get: Makes the raw value from that of the receiver, and the arguments.
        parameters: Types of the arguments.
        is_method: It is a method.
    """

    type: "GoType"
    get: Callable[..., Any]
    parameters: tuple["GoType", ...] = ()
    is_method: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class GoType:
    """A type.

    Attributes:
        name: How Go prints it.
        shape: What kind of values it has.
        members: Fields and methods, also those of embedded structs.
        fields: Names of a struct's own fields in their order.
        text: How a value prints itself, if it does.
        action_text: How it prints itself as an action's value only, where Go can take
            its address.
        element: Type of a slice's elements.
        problems: Why members that exist cannot be evaluated.
    """

    name: str
    shape: Shape
    members: Mapping[str, Member] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    text: Callable[[Any], str] | None = None
    action_text: Callable[[Any], str] | None = None
    element: "GoType | None" = None
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A raw value of Python, and its type in Go."""

    type: GoType
    raw: Any

    @property
    def is_nil(self) -> bool:
        """Whether it is `nil`, or a pointer to nothing."""
        return self.type.shape in {Shape.NIL, Shape.POINTER} and self.raw is None

    @property
    def is_true(self) -> bool:
        """Whether `if` takes it for true."""
        return self.type.shape is Shape.STRUCT or bool(self.raw is not None and self.raw)


BOOL = GoType("bool", Shape.BOOL)
INT = GoType("int", Shape.INT)
INT32 = GoType("int32", Shape.INT)
INT64 = GoType("int64", Shape.INT)
UINT8 = GoType("uint8", Shape.UINT)
UINT32 = GoType("uint32", Shape.UINT)
UINT64 = GoType("uint64", Shape.UINT)
FLOAT64 = GoType("float64", Shape.FLOAT)
STRING = GoType("string", Shape.STRING)
NIL = GoType("<nil>", Shape.NIL)
UNTYPED = GoType("untyped constant", Shape.INT)
"""A number too large for an `int`, which has no value by itself."""
UNTYPED_NIL = Value(NIL, None)


def slice_of(element: GoType) -> GoType:
    """The type of slices of such elements."""
    return GoType(f"[]{element.name}", Shape.SLICE, element=element)


def method(result: GoType, get: Callable[..., Any], *parameters: GoType) -> Member:
    """A method with parameters of such types."""
    return Member(result, get, parameters, is_method=True)

"""What a parsed template consists of.

`str()` of an expression is how errors print it. Each node knows the offset in the
template which errors tell.
"""

from dataclasses import dataclass

from protocol.postfix.values import Value


@dataclass(frozen=True, slots=True)
class Text:
    """Text that stays as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text as written, and the value of its Go type."""

    text: str
    value: Value
    offset: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Dot:
    """The value that is current, `.`."""

    offset: int

    def __str__(self) -> str:
        return "."


@dataclass(frozen=True, slots=True)
class Nil:
    """The word `nil`."""

    offset: int

    def __str__(self) -> str:
        return "nil"


@dataclass(frozen=True, slots=True)
class Field:
    """Fields of the current value, `.A.B`."""

    names: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and fields of it, `$x.A.B`."""

    variable: str
    names: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        return ".".join((self.variable, *self.names))


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the template language."""

    name: str
    offset: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Chain:
    """Fields of an expression in parentheses, `(…).A.B`."""

    operand: "Expression"
    names: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        inner = f"({self.operand})" if isinstance(self.operand, Pipeline) else str(self.operand)
        return inner + "".join(f".{name}" for name in self.names)


@dataclass(frozen=True, slots=True)
class Command:
    """A function or value, and what it is given."""

    words: tuple["Expression", ...]
    offset: int

    def __str__(self) -> str:
        return " ".join(
            f"({word})" if isinstance(word, Pipeline) else str(word) for word in self.words
        )


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each of which is given the value of the one before."""

    commands: tuple[Command, ...]
    offset: int
    variables: tuple[str, ...] = ()
    assigns: bool = False

    def __str__(self) -> str:
        piped = " | ".join(map(str, self.commands))
        sign = " = " if self.assigns else " := "
        return ", ".join(self.variables) + sign + piped if self.variables else piped


Expression = Literal | Dot | Nil | Field | Variable | Function | Chain | Pipeline


@dataclass(frozen=True, slots=True)
class Action:
    """Prints the value of a pipeline, unless that declares a variable."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Branch:
    """`if`, `with` or `range`: one of two blocks, or one of them repeatedly."""

    keyword: str
    pipeline: Pipeline
    body: tuple["Node", ...]
    otherwise: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """`break` or `continue` within `range`."""

    keyword: str


Node = Text | Action | Branch | Jump

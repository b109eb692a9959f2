"""Evaluates parsed templates, and tells problems at the node evaluated last."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from protocol.postfix import nodes
from protocol.postfix.errors import ValueProblem
from protocol.postfix.functions import BUILTINS, LAZY
from protocol.postfix.printing import action_text, text
from protocol.postfix.values import INT, UNTYPED, UNTYPED_NIL, GoType, Shape, Value

_WHOLE = {Shape.INT, Shape.UINT}
MAX_ITERATIONS = 10_000
"""How often bodies of `range` are evaluated before a template is given up."""


class EvaluationProblem(Exception):  # noqa: N818 - `TemplateError` tells it with its place
    """Why a template cannot be evaluated, and at which node."""

    def __init__(self, node: "nodes.Expression | nodes.Command", reason: str) -> None:
        super().__init__(reason)
        self.node = node


class _Jump(Exception):  # noqa: N818 - control flow
    """A `break` or `continue` on its way to its `range`."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword


def evaluate(body: Sequence[nodes.Node], root: Value) -> str:
    """The text a template makes of its data.

    Raises:
        EvaluationProblem: It refers to what isn't there, or what cannot be.
    """
    evaluator = _Evaluator(root)
    try:
        evaluator.walk(body, root)
    except ValueProblem as problem:
        raise EvaluationProblem(evaluator.node, str(problem)) from None
    return "".join(evaluator.parts)


class _Evaluator:
    """The state of one evaluation."""

    def __init__(self, root: Value) -> None:
        self.parts: list[str] = []
        self.node: nodes.Expression | nodes.Command = nodes.Dot(0)
        self._variables = [("$", root)]
        self._iterations = 0

    def walk(self, body: Sequence[nodes.Node], dot: Value) -> None:
        """Append what the nodes make of the current value."""
        for node in body:
            match node:
                case nodes.Text():
                    self.parts.append(node.text)
                case nodes.Action():
                    value = self._pipeline(dot, node.pipeline)
                    if not node.pipeline.variables:
                        self.parts.append(action_text(value))
                case nodes.Jump():
                    raise _Jump(node.keyword)
                case nodes.Branch():
                    known = len(self._variables)
                    self._branch(dot, node)
                    del self._variables[known:]

    def _branch(self, dot: Value, node: nodes.Branch) -> None:
        value = self._pipeline(dot, node.pipeline)
        if node.keyword == "range":
            self._range(dot, node, value)
        elif value.is_true:
            self.walk(node.body, value if node.keyword == "with" else dot)
        else:
            self.walk(node.otherwise, dot)

    def _range(self, dot: Value, node: nodes.Branch, value: Value) -> None:
        known = len(self._variables)
        if value.type.shape in _WHOLE and len(node.pipeline.variables) > 1:
            raise ValueProblem(f"can't use {text(value)} to iterate over more than one variable")
        elements = list(self._elements(value))
        for index, element in enumerate(elements):
            self._declare_iteration(node.pipeline, Value(INT, index), element)
            try:
                self.walk(node.body, element)
            except _Jump as jump:
                if jump.keyword == "break":
                    break
            finally:
                del self._variables[known:]
        if not elements:
            self.walk(node.otherwise, dot)

    def _elements(self, value: Value) -> Iterator[Value]:
        kind = value.type
        if kind.element is not None:
            elements: Sequence[object] = value.raw
        elif kind.shape in _WHOLE:
            elements = range(value.raw)
        else:
            raise ValueProblem(f"range can't iterate over {text(value)}")
        self._iterations += min(len(elements), MAX_ITERATIONS + 1)
        if self._iterations > MAX_ITERATIONS:
            raise ValueProblem(f"more than {MAX_ITERATIONS} iterations are not supported")
        return (Value(kind.element or kind, raw) for raw in elements)

    def _declare_iteration(self, pipeline: nodes.Pipeline, index: Value, element: Value) -> None:
        names = pipeline.variables
        values = (index, element) if len(names) == 2 else (element,)
        for name, value in zip(names, values, strict=False):
            if pipeline.assigns:
                self._assign(name, value)
            else:
                self._variables.append((name, value))

    def _pipeline(self, dot: Value, pipeline: nodes.Pipeline) -> Value:
        self.node = pipeline
        value: Value | None = None
        for command in pipeline.commands:
            value = self._command(dot, command, value)
        if value is None:
            value = UNTYPED_NIL
        for name in pipeline.variables:
            if pipeline.assigns:
                self._assign(name, value)
            else:
                self._variables.append((name, value))
        return value

    def _assign(self, name: str, value: Value) -> None:
        for index in reversed(range(len(self._variables))):
            if self._variables[index][0] == name:
                self._variables[index] = (name, value)
                return
        raise ValueProblem(f"undefined variable: {name}")

    def _value(self, variable: str) -> Value:
        for name, value in reversed(self._variables):
            if name == variable:
                return value
        raise ValueProblem(f"undefined variable: {variable}")

    def _command(self, dot: Value, command: nodes.Command, final: Value | None) -> Value:
        first, *words = command.words
        given = _Given(dot, words, final)
        if isinstance(first, nodes.Function):
            return self._function(first, command, given)
        if isinstance(first, _SELECTIONS):
            return self._selection(first, given)
        if not isinstance(first, nodes.Pipeline):
            self.node = first
        given.check_none(first)
        return self._operand(dot, first)

    def _operand(self, dot: Value, word: nodes.Expression) -> Value:
        match word:
            case nodes.Pipeline():
                return self._pipeline(dot, word)
            case nodes.Dot():
                return dot
            case nodes.Nil():
                raise ValueProblem("nil is not a command")
            case nodes.Literal():
                return _constant(word)
            case nodes.Function():
                return self._function(word, word, _Given(dot))
        return self._selection(word, _Given(dot))

    def _selection(
        self, node: nodes.Field | nodes.Chain | nodes.Variable, given: "_Given"
    ) -> Value:
        """A field of the current value, of a variable or of an expression."""
        self.node = node
        match node:
            case nodes.Field():
                receiver = given.dot
            case nodes.Chain():
                receiver = self._argument(given.dot, node.operand)
            case nodes.Variable():
                receiver = self._value(node.variable)
        if not node.names:
            given.check_none(node)
            return receiver
        *path, last = node.names
        for name in path:
            receiver = self._member(receiver, node, name, _Given(given.dot))
        return self._member(receiver, node, last, given)

    def _member(self, receiver: Value, node: nodes.Expression, name: str, given: "_Given") -> Value:
        kind = receiver.type
        member = kind.members.get(name)
        if member is not None and member.is_method:
            arguments = self._arguments(name, member.parameters, given)
            try:
                return Value(member.type, member.get(receiver.raw, *arguments))
            except ValueProblem:
                self.node = node
                raise
        if name in kind.problems:
            raise ValueProblem(kind.problems[name])
        if member is not None and given.total:
            raise ValueProblem(f"{name} has arguments but cannot be invoked as function")
        if receiver.is_nil and (member is not None or not kind.members):
            raise ValueProblem(f"nil pointer evaluating {kind.name}.{name}")
        if member is None:
            raise ValueProblem(f"can't evaluate field {name} in type {kind.name}")
        return Value(member.type, member.get(receiver.raw))

    def _arguments(
        self, name: str, parameters: tuple[GoType, ...], given: "_Given"
    ) -> list[object]:
        """Raw values of a method's arguments."""
        if given.total != len(parameters):
            raise ValueProblem(
                f"wrong number of args for {name}: want {len(parameters)} got {given.total}"
            )
        values = [
            self._argument(given.dot, word, kind)
            for word, kind in zip(given.words, parameters, strict=False)
        ]
        if given.final is not None:
            values.append(_checked(given.final, parameters[-1]))
        return [value.raw for value in values]

    def _function(
        self, node: nodes.Function, command: nodes.Function | nodes.Command, given: "_Given"
    ) -> Value:
        self.node = node
        if node.name in LAZY:
            _check_count(node.name, given.total, 1, None)
            return self._lazy(node.name, given)
        builtin = BUILTINS[node.name]
        _check_count(node.name, given.total, builtin.least, builtin.most)
        values = [
            self._argument(given.dot, word, None if index else builtin.first)
            for index, word in enumerate(given.words)
        ]
        if given.final is not None:
            values.append(given.final if values else _checked(given.final, builtin.first))
        try:
            return builtin.call(values)
        except ValueProblem as problem:
            self.node = command
            raise ValueProblem(f"error calling {node.name}: {problem}") from None

    def _lazy(self, name: str, given: "_Given") -> Value:
        """The first argument that decides `and` or `or`, or the last."""
        value = UNTYPED_NIL
        for word in given.words:
            value = self._argument(given.dot, word)
            if value.is_true == (name == "or"):
                return value
        return value if given.final is None else given.final

    def _argument(self, dot: Value, word: nodes.Expression, kind: GoType | None = None) -> Value:
        """The value of an argument, which must be of that type, if any is given."""
        self.node = word
        if isinstance(word, nodes.Nil):
            if kind is not None:
                raise ValueProblem(f"cannot assign nil to {kind.name}")
            return UNTYPED_NIL
        if isinstance(word, nodes.Literal) and kind not in {None, word.value.type}:
            raise ValueProblem(f"expected string; found {word}")
        return _checked(self._operand(dot, word), kind)


_SELECTIONS = (nodes.Field, nodes.Chain, nodes.Variable)


class _Given(NamedTuple):
    """What a command is given: its arguments, and the value of the command before it."""

    dot: Value
    words: Sequence[nodes.Expression] = ()
    final: Value | None = None

    @property
    def total(self) -> int:
        """How many arguments there are."""
        return len(self.words) + (self.final is not None)

    def check_none(self, word: nodes.Expression) -> None:
        """Refuses arguments of what isn't a function."""
        if self.total:
            raise ValueProblem(f"can't give argument to non-function {word}")


def _constant(literal: nodes.Literal) -> Value:
    if literal.value.type is UNTYPED:
        raise ValueProblem(f"{literal.text} overflows int")
    return literal.value


def _check_count(name: str, given: int, least: int, most: int | None) -> None:
    if given < least or (most is not None and given > most):
        wanted = f"{least}" if most == least else f"at least {least}"
        raise ValueProblem(f"wrong number of args for {name}: want {wanted} got {given}")


def _checked(value: Value, kind: GoType | None) -> Value:
    if kind is not None and value.type.name != kind.name:
        raise ValueProblem(f"wrong type for value; expected {kind.name}; got {value.type.name}")
    return value

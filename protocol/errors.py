"""The errors of the protocol: one base, and the error of a broken rule."""

from types import TracebackType


class ProtocolError(Exception):
    """Something is not as the protocol has it; the text is one sentence for people.

    Attributes:
        hint: What may be done about it, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ValidationError(ProtocolError):
    """A message or value breaks a rule. `str()` is the exact text of a broker.

    Attributes:
        message: What is wrong with the value at `path`.
        rules: Identifiers of the broken rules, from the validated value inwards: the
            first is the rule of the value given, the last the rule of the innermost.
    """

    def __init__(self, rule: str, message: str) -> None:
        Exception.__init__(self, rule, message)
        self.hint = None
        self.message = message
        self.rules: tuple[str, ...] = (rule,)
        self._contexts: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where the broken value is, as names joined by dots; empty if it is the given one."""
        return ".".join(self._contexts)

    @property
    def rule(self) -> str:
        """The broken rule of the value that was validated, such as `VAL-HEADER-02`."""
        return self.rules[0]

    def nest(self, context: str, rule: str | None = None) -> None:
        """Puts `context` before the path (unless empty), and `rule` before the rules."""
        if context:
            self._contexts = (context, *self._contexts)
        if rule:
            self.rules = (rule, *self.rules)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self._contexts else self.message


class within:  # noqa: N801 - reads as the statement it is: `with within(...)`
    """Puts a context and a rule before a ValidationError raised inside the block.

    Any other error passes unchanged.
    """

    __slots__ = ("_context", "_rule")

    def __init__(self, context: str, rule: str | None = None) -> None:
        self._context = context
        self._rule = rule

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, ValidationError):
            error.nest(self._context, self._rule)

"""Errors of templates, and where in a template they are."""

from protocol.errors import ProtocolError


class TemplateError(ProtocolError):
    """A template cannot be parsed or evaluated; `str()` is the text of a broker.

    Attributes:
        executing: It can be parsed, but not evaluated.
    """

    def __init__(self, message: str, *, executing: bool = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.executing = executing


class SyntaxProblem(Exception):  # noqa: N818 - `TemplateError` tells it with its place
    """What is wrong at an offset of a template's text.

    Attributes:
        offset: Where it is.
        action: Where the action begins that has a broken token.
    """

    def __init__(self, offset: int, reason: str, action: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset
        self.action = action


class ValueProblem(Exception):  # noqa: N818 - likewise, at the node that is evaluated
    """Why a value cannot be had."""


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line of an offset, from 1, and its column in bytes, from 0."""
    before = text[:offset]
    line = before[before.rfind("\n") + 1 :]
    return before.count("\n") + 1, len(line.encode("utf-8", "surrogateescape"))

"""Cuts a template into tokens: its plain text, and the words of its actions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import NoReturn

from protocol.postfix.errors import SyntaxProblem
from protocol.text import go_quote

SPACE = " \t\r\n"
KEYWORDS = frozenset(
    ("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template")
) | {"with"}
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|0[oO][0-7_]*|0[bB][01_]*"
    r"|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_QUOTED = {
    '"': re.compile(r'"(?:\\[^\n]|[^"\\\n])*"'),
    "'": re.compile(r"'(?:\\[^\n]|[^'\\\n])*'"),
    "`": re.compile(r"`[^`]*`"),
}
_UNTERMINATED = {
    '"': "unterminated quoted string",
    "'": "unterminated character constant",
    "`": "unterminated raw quoted string",
}


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    END_OF_ACTION = auto()
    END = auto()
    BROKEN = auto()
    SPACE = auto()
    FIELD = auto()
    DOT = auto()
    VARIABLE = auto()
    IDENTIFIER = auto()
    KEYWORD = auto()
    BOOL = auto()
    NUMBER = auto()
    CHARACTER = auto()
    STRING = auto()
    OPEN = auto()
    CLOSE = auto()
    PIPE = auto()
    DECLARE = auto()
    ASSIGN = auto()
    COMMA = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template, and where it begins.

    Attributes:
        kind: What it is.
        text: The piece as it is, or what is wrong with a broken one.
        offset: Where it begins.
        action: Of a broken one, where its action begins.
    """

    kind: Kind
    text: str
    offset: int
    action: int | None = None

    def __str__(self) -> str:
        """How errors name the token."""
        if self.kind is Kind.END:
            return "EOF"
        if self.kind in {Kind.KEYWORD, Kind.DOT}:
            return f"<{self.text}>"
        if len(self.text) > 10:
            return f"{go_quote(self.text[:10])}..."
        return go_quote(self.text)


_PUNCTUATION = {
    "(": Kind.OPEN,
    ")": Kind.CLOSE,
    "|": Kind.PIPE,
    "=": Kind.ASSIGN,
    ",": Kind.COMMA,
}


def tokens(template: str) -> Iterator[Token]:
    """The tokens of a template, of which the last is its end or broken.

    Comments are left out, and so is what trim markers remove.
    """
    try:
        yield from _tokens(template)
    except SyntaxProblem as problem:
        yield Token(Kind.BROKEN, str(problem), problem.offset, problem.action)


def _tokens(template: str) -> Iterator[Token]:
    at, trim = 0, False
    while True:
        opened = template.find("{{", at)
        plain = template[at : len(template) if opened < 0 else opened]
        start = at + len(plain) - len(plain.lstrip(SPACE)) if trim else at
        inside = opened + 2
        trims_before = opened >= 0 and _trims_before(template, inside)
        text = template[start : at + len(plain)]
        if trims_before:
            text = text.rstrip(SPACE)
            inside += 2
        if text:
            yield Token(Kind.TEXT, text, start)
        if opened < 0:
            yield Token(Kind.END, "", len(template))
            return
        if template.startswith("/*", inside):
            at, trim = _skip_comment(template, inside)
        else:
            action = _Action(template, inside)
            yield from action.tokens()
            at, trim = action.at, action.trims_after


def _trims_before(template: str, inside: int) -> bool:
    return template.startswith("-", inside) and template[inside + 1 : inside + 2] in tuple(SPACE)


def _trims_after(template: str, at: int) -> bool:
    return template[at : at + 1] in tuple(SPACE) and template.startswith("-}}", at + 1)


def _skip_comment(template: str, start: int) -> tuple[int, bool]:
    """Where plain text goes on after a comment, and whether its spaces are trimmed."""
    end = template.find("*/", start + 2)
    if end < 0:
        raise SyntaxProblem(start, "unclosed comment")
    if _trims_after(template, end + 2):
        return end + 6, True
    if not template.startswith("}}", end + 2):
        raise SyntaxProblem(start, "comment ends before closing delimiter")
    return end + 4, False


class _Action:
    """Reads one action, from behind its opening braces."""

    def __init__(self, template: str, at: int) -> None:
        self.at = self._start = at
        self.trims_after = False
        self._template = template
        self._depth = 0

    def tokens(self) -> Iterator[Token]:
        """The tokens of the action, of which the last is its end."""
        while not self._closes():
            yield self._next()
        if self._depth:
            self._fail("unclosed left paren")
        yield Token(Kind.END_OF_ACTION, "}}", self.at)
        self.at += 2

    def _closes(self) -> bool:
        self.trims_after = _trims_after(self._template, self.at)
        if self.trims_after:
            self.at += 2
        return self._template.startswith("}}", self.at)

    def _next(self) -> Token:
        char = self._template[self.at : self.at + 1]
        if not char:
            self._fail("unclosed action")
        if char in SPACE:
            return self._spaces()
        if char in _QUOTED:
            return self._quoted(char)
        if char in "+-" or char.isdigit() or (char == "." and self._peek(1).isdigit()):
            return self._number()
        if char in ".$" or _is_alphanumeric(char):
            return self._word(char)
        return self._punctuation(char)

    def _spaces(self) -> Token:
        end = self.at
        while self._template[end : end + 1] in tuple(SPACE) and not _trims_after(
            self._template, end
        ):
            end += 1
        return self._take(Kind.SPACE, end)

    def _quoted(self, quote: str) -> Token:
        found = _QUOTED[quote].match(self._template, self.at)
        if not found:
            self._fail(_UNTERMINATED[quote])
        return self._take(Kind.CHARACTER if quote == "'" else Kind.STRING, found.end())

    def _number(self) -> Token:
        end = self._end_of_number(self.at)
        if self._template[end : end + 1] in {"+", "-"}:
            end = self._end_of_number(end)
            if self._template[end - 1] != "i":
                self._fail_number(end)
        return self._take(Kind.NUMBER, end)

    def _end_of_number(self, begin: int) -> int:
        found = _NUMBER.match(self._template, begin)
        end = found.end() if found else begin
        if _is_alphanumeric(self._template[end : end + 1]):
            self._fail_number(end + 1)
        return end

    def _fail_number(self, end: int) -> NoReturn:
        self._fail(f"bad number syntax: {go_quote(self._template[self.at : end])}")

    def _word(self, first: str) -> Token:
        end = self.at + 1
        while _is_alphanumeric(self._template[end : end + 1]):
            end += 1
        self._check_terminator(end)
        text = self._template[self.at : end]
        if first == "$":
            kind = Kind.VARIABLE
        elif first == ".":
            kind = Kind.FIELD if len(text) > 1 else Kind.DOT
        elif text in KEYWORDS:
            kind = Kind.KEYWORD
        else:
            kind = Kind.BOOL if text in {"true", "false"} else Kind.IDENTIFIER
        return self._take(kind, end)

    def _check_terminator(self, end: int) -> None:
        char = self._template[end : end + 1]
        if char and char not in f"{SPACE}.,|:()" and not self._template.startswith("}}", end):
            self._fail(f"bad character U+{ord(char):04X} {_shown(char)}".rstrip())

    def _punctuation(self, char: str) -> Token:
        if char == ":":
            if self._peek(1) != "=":
                self._fail("expected :=")
            return self._take(Kind.DECLARE, self.at + 2)
        if char == ")" and not self._depth:
            self._fail("unexpected right paren")
        self._depth += {"(": 1, ")": -1}.get(char, 0)
        if char not in _PUNCTUATION and not ("!" <= char <= "~"):
            self._fail(
                f"unrecognized character in action: U+{ord(char):04X} {_shown(char)}".rstrip()
            )
        return self._take(_PUNCTUATION.get(char, Kind.OTHER), self.at + 1)

    def _peek(self, ahead: int) -> str:
        return self._template[self.at + ahead : self.at + ahead + 1]

    def _take(self, kind: Kind, end: int) -> Token:
        token = Token(kind, self._template[self.at : end], self.at)
        self.at = end
        return token

    def _fail(self, reason: str) -> NoReturn:
        raise SyntaxProblem(self.at, reason, self._start)


def _is_alphanumeric(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def _shown(char: str) -> str:
    return f"'{char}'" if char.isprintable() else ""

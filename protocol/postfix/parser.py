"""Parses templates: the language of Go's, without templates within templates."""

from typing import NoReturn

from protocol.postfix import nodes
from protocol.postfix.errors import SyntaxProblem
from protocol.postfix.functions import NAMES, UNSUPPORTED
from protocol.postfix.lexer import Kind, Token, tokens
from protocol.postfix.literals import LiteralProblem, character, number, string
from protocol.postfix.values import BOOL, Value
from protocol.text import go_quote

_LITERALS = frozenset((Kind.BOOL, Kind.CHARACTER, Kind.NUMBER, Kind.STRING))
_OPERANDS = _LITERALS | {Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.VARIABLE, Kind.OPEN}
_NOT_EXECUTABLE = (nodes.Literal, nodes.Dot, nodes.Nil)


def parse(template: str) -> tuple[nodes.Node, ...]:
    """The nodes of a template.

    Raises:
        SyntaxProblem: The template is not well-formed, or uses templates of its own.
    """
    parser = _Parser(template)
    body, after = parser.block()
    if after.kind is not Kind.END:
        parser.close(after)
        parser.fail(after, f"unexpected {{{{{after.text}}}}}")
    return body


class _Parser:
    """A parser that reads one token ahead, and knows variables and enclosing ranges."""

    def __init__(self, template: str) -> None:
        self._tokens = tokens(template)
        self._ahead: list[Token] = []
        self._variables = ["$"]
        self._ranges = 0

    def block(self) -> tuple[tuple[nodes.Node, ...], Token]:
        """Nodes up to `else`, `end` or the template's end, and that token."""
        body: list[nodes.Node] = []
        while (token := self._next()).kind is not Kind.END:
            if token.kind is Kind.TEXT:
                body.append(nodes.Text(token.text))
                continue
            self._back(token)
            token = self._next_word()
            if token.kind is Kind.KEYWORD and token.text in {"else", "end"}:
                return tuple(body), token
            if token.kind is Kind.KEYWORD and token.text != "nil":
                body.append(self._statement(token))
            else:
                self._back(token)
                body.append(nodes.Action(self._pipeline("command", Kind.END_OF_ACTION)))
        return tuple(body), token

    def close(self, token: Token) -> Token | None:
        """Read the rest of the action of an `end` or `else`.

        Returns:
            The keyword behind `else`, if there is one; its pipeline is next.
        """
        after = self._next_word()
        if token.text == "else" and after.text in {"if", "with"}:
            return after
        if after.kind is not Kind.END_OF_ACTION:
            self._unexpected(after, token.text)
        return None

    def fail(self, token: Token, reason: str) -> NoReturn:
        """Refuses the template at a token."""
        raise SyntaxProblem(token.offset, reason)

    def _statement(self, token: Token) -> nodes.Node:
        if token.text in {"if", "with", "range"}:
            return self._branch(token.text)
        if token.text in {"break", "continue"}:
            after = self._next_word()
            if after.kind is not Kind.END_OF_ACTION:
                self._unexpected(after, f"{{{{{token.text}}}}}")
            if not self._ranges:
                self.fail(token, f"{{{{{token.text}}}}} outside {{{{range}}}}")
            return nodes.Jump(token.text)
        reason = f"{{{{{token.text}}}}} is not supported in a path postfix"
        raise SyntaxProblem(token.offset, reason)

    def _branch(self, keyword: str) -> nodes.Branch:
        known = len(self._variables)
        pipeline = self._pipeline(keyword, Kind.END_OF_ACTION)
        self._ranges += keyword == "range"
        body, after = self.block()
        self._ranges -= keyword == "range"
        otherwise: tuple[nodes.Node, ...] = ()
        if after.text == "else" and after.kind is Kind.KEYWORD:
            otherwise = self._otherwise(keyword, after)
        else:
            self._end(after)
        del self._variables[known:]
        return nodes.Branch(keyword, pipeline, body, otherwise)

    def _otherwise(self, keyword: str, token: Token) -> tuple[nodes.Node, ...]:
        chained = self.close(token)
        if chained is not None and chained.text == keyword:
            return (self._branch(keyword),)
        if chained is not None:
            self._unexpected(chained, "input")
        body, after = self.block()
        if after.kind is Kind.KEYWORD and after.text == "else":
            self.close(after)
            self.fail(after, "expected end; found {{else}}")
        self._end(after)
        return body

    def _end(self, token: Token) -> None:
        if token.kind is Kind.END:
            self.fail(token, "unexpected EOF")
        self.close(token)

    def _pipeline(self, context: str, end: Kind) -> nodes.Pipeline:
        token = self._next_word()
        variables, assigns = self._declared(token, context)
        commands: list[nodes.Command] = []
        while (after := self._next_word()).kind is not end:
            if after.kind not in _OPERANDS and (after.kind, after.text) != (Kind.KEYWORD, "nil"):
                self._unexpected(after, context)
            self._back(after)
            commands.append(self._command())
        if not commands:
            self.fail(after, f"missing value for {context}")
        for stage, command in enumerate(commands[1:], start=2):
            if isinstance(command.words[0], _NOT_EXECUTABLE):
                self.fail(after, f"non executable command in pipeline stage {stage}")
        return nodes.Pipeline(tuple(commands), token.offset, variables, assigns)

    def _declared(self, token: Token, context: str) -> tuple[tuple[str, ...], bool]:
        """Variables a pipeline declares or assigns, and whether it assigns them."""
        if token.kind is not Kind.VARIABLE:
            self._back(token)
            return (), False
        space = self._next()
        sign = self._next_word() if space.kind is Kind.SPACE else space
        if sign.kind in {Kind.DECLARE, Kind.ASSIGN}:
            self._variables.append(token.text)
            return (token.text,), sign.kind is Kind.ASSIGN
        if sign.kind is Kind.COMMA:
            return self._declared_pair(token, sign, context)
        self._back(sign)
        if space is not sign:
            self._back(space)
        self._back(token)
        return (), False

    def _declared_pair(
        self, first: Token, comma: Token, context: str
    ) -> tuple[tuple[str, ...], bool]:
        if context != "range":
            self.fail(comma, f"too many declarations in {context}")
        second = self._next_word()
        if second.kind is not Kind.VARIABLE:
            self.fail(second, "range can only initialize variables")
        sign = self._next_word()
        if sign.kind not in {Kind.DECLARE, Kind.ASSIGN}:
            self._unexpected(sign, "range")
        self._variables += [first.text, second.text]
        return (first.text, second.text), sign.kind is Kind.ASSIGN

    def _command(self) -> nodes.Command:
        words: list[nodes.Expression] = []
        offset = self._peek_word().offset
        while True:
            word = self._operand()
            if word is not None:
                words.append(word)
            token = self._next()
            if token.kind is Kind.SPACE:
                continue
            if token.kind in {Kind.END_OF_ACTION, Kind.CLOSE}:
                self._back(token)
            elif token.kind is not Kind.PIPE:
                self._unexpected(token, "operand")
            return nodes.Command(tuple(words), offset)

    def _operand(self) -> nodes.Expression | None:
        word = self._term()
        if word is None:
            return None
        token = self._next()
        self._back(token)
        if token.kind is not Kind.FIELD:
            return word
        names = []
        while (field := self._next()).kind is Kind.FIELD:
            names.append(field.text[1:])
        self._back(field)
        return self._chained(word, tuple(names), token)

    def _chained(
        self, word: nodes.Expression, names: tuple[str, ...], token: Token
    ) -> nodes.Expression:
        if isinstance(word, nodes.Field):
            return nodes.Field(word.names + names, token.offset)
        if isinstance(word, nodes.Variable):
            return nodes.Variable(word.variable, names, token.offset)
        if isinstance(word, _NOT_EXECUTABLE):
            self.fail(token, f"unexpected . after term {go_quote(str(word))}")
        return nodes.Chain(word, names, token.offset)

    def _term(self) -> nodes.Expression | None:
        token = self._next_word()
        if token.kind in _LITERALS:
            return self._literal(token)
        term: nodes.Expression | None = None
        match token.kind:
            case Kind.DOT:
                term = nodes.Dot(token.offset)
            case Kind.FIELD:
                term = nodes.Field((token.text[1:],), token.offset)
            case Kind.KEYWORD if token.text == "nil":
                term = nodes.Nil(token.offset)
            case Kind.IDENTIFIER:
                term = self._function(token)
            case Kind.VARIABLE:
                term = self._variable(token)
            case Kind.OPEN:
                term = self._pipeline("parenthesized pipeline", Kind.CLOSE)
            case _:
                self._back(token)
        return term

    def _variable(self, token: Token) -> nodes.Variable:
        if token.text not in self._variables:
            self.fail(token, f"undefined variable {go_quote(token.text)}")
        return nodes.Variable(token.text, (), token.offset)

    def _function(self, token: Token) -> nodes.Function:
        if token.text in UNSUPPORTED:
            self.fail(token, f"function {token.text} is not supported in a path postfix")
        if token.text not in NAMES:
            self.fail(token, f"function {go_quote(token.text)} not defined")
        return nodes.Function(token.text, token.offset)

    def _literal(self, token: Token) -> nodes.Literal:
        try:
            match token.kind:
                case Kind.BOOL:
                    value = Value(BOOL, token.text == "true")
                case Kind.CHARACTER:
                    value = character(token.text)
                case Kind.NUMBER:
                    value = number(token.text)
                case _:
                    value = string(token.text)
        except LiteralProblem as problem:
            self.fail(token, str(problem))
        return nodes.Literal(token.text, value, token.offset)

    def _unexpected(self, token: Token, context: str) -> NoReturn:
        if token.kind is Kind.BROKEN:
            raise SyntaxProblem(token.offset, token.text, token.action)
        self.fail(token, f"unexpected {token} in {context}")

    def _next(self) -> Token:
        return self._ahead.pop() if self._ahead else next(self._tokens)

    def _next_word(self) -> Token:
        token = self._next()
        while token.kind is Kind.SPACE:
            token = self._next()
        return token

    def _peek_word(self) -> Token:
        token = self._next_word()
        self._back(token)
        return token

    def _back(self, token: Token) -> None:
        self._ahead.append(token)

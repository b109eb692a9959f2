"""Media types, as far as the value of a label can be one: without parameters."""

from itertools import takewhile

from protocol.characters import ASCII_ALPHANUMERIC
from protocol.errors import ValidationError

_TOKEN = ASCII_ALPHANUMERIC.union("!#$%&'*+-.^_`{|}~")


def validate_media_type(value: str, rule: str) -> None:
    """Raises unless `value` is a type, or a type and a subtype; an error carries `rule`."""
    problem = _problem(value)
    if problem:
        raise ValidationError(rule, f"parsing content-type: mime: {problem}")


def _problem(value: str) -> str | None:
    kind = _leading_token(value)
    rest = value.removeprefix(kind)
    if not kind:
        return "no media type"
    if not rest:
        return None
    if not rest.startswith("/"):
        return "expected slash after first token"
    subtype = _leading_token(rest[1:])
    if not subtype:
        return "expected token after slash"
    return "unexpected content after media subtype" if rest[1:] != subtype else None


def _leading_token(text: str) -> str:
    return "".join(takewhile(_TOKEN.__contains__, text))

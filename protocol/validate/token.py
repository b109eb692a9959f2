"""Tokens and path components: what names and values are made of.

Lengths are counted in UTF-8 bytes. A string may hold bytes that are not UTF-8, as
Python's `surrogateescape` has them; they are in no token.
"""

from functools import cache
from itertools import dropwhile

from protocol.characters import ASCII_ALPHANUMERIC, is_letter_or_number
from protocol.errors import ValidationError
from protocol.validate.rules import rules_of

TOKEN_SYMBOLS = "-_+/."  # noqa: S105 - not that kind of token
PATH_SYMBOLS = TOKEN_SYMBOLS + "=%"
_REDUCIBLE = frozenset(("", ".", ".."))

RULES = (
    *rules_of(
        "Token",
        "TOKEN",
        ("value", "its length in bytes is within the given bounds"),
        ("value", "it holds only letters, numbers and the given symbols"),
    ),
    *rules_of(
        "PathComponent",
        "PATHCOMP",
        ("value", "its length in bytes is within the given bounds"),
        ("value", "it holds only letters, numbers and the symbols of a path"),
        ("value", "it is empty, or a path in its shortest form"),
        ("value", "it is not rooted"),
    ),
)
TOKEN_RULES = ("VAL-TOKEN-01", "VAL-TOKEN-02")
PATH_RULES = ("VAL-PATHCOMP-01", "VAL-PATHCOMP-02", "VAL-PATHCOMP-03", "VAL-PATHCOMP-04")


def validate_token(
    value: str, symbols: str, low: int, high: int, rules: tuple[str, ...] = TOKEN_RULES
) -> None:
    """Raises unless `value` is a token of `symbols`, and of `low` to `high` bytes.

    Args:
        value: What to validate.
        symbols: Characters allowed besides letters and numbers.
        low: Least length in bytes.
        high: Greatest length in bytes.
        rules: Identifiers of the rules about length and about characters.

    Raises:
        ValidationError: `value` is too short, too long or not a token.
    """
    size = len(value.encode("utf-8", "surrogateescape"))
    if not low <= size <= high:
        raise ValidationError(
            rules[0], f"invalid length ({size}; expected {low} <= length <= {high})"
        )
    strange = set(value) - _ascii_of(symbols)
    if strange and not all(map(is_letter_or_number, strange)):
        raise ValidationError(rules[1], f"not a valid token ({value})")


@cache
def _ascii_of(symbols: str) -> frozenset[str]:
    return ASCII_ALPHANUMERIC.union(symbols)


def validate_path_component(
    value: str, low: int, high: int, rules: tuple[str, ...] = PATH_RULES
) -> None:
    """Raises unless `value` is a relative path in its shortest form, of `low` to `high` bytes.

    `rules` are the identifiers of length, characters, shortest form and being relative.

    Raises:
        ValidationError: `value` is not such a path.
    """
    validate_token(value, PATH_SYMBOLS, low, high, rules)
    if value and not is_clean(value):
        raise ValidationError(rules[2], f"must be a clean path ({value})")
    if value.startswith("/"):
        raise ValidationError(rules[3], f"cannot begin with '/' ({value})")


def is_clean(path: str) -> bool:
    """Tells whether a non-empty `path` is in its shortest form: `a/b`, `/a`, `../a`, `.`."""
    if path in {".", "/"}:
        return True
    if path.startswith("/"):
        return _REDUCIBLE.isdisjoint(path[1:].split("/"))
    return _REDUCIBLE.isdisjoint(dropwhile("..".__eq__, path.split("/")))

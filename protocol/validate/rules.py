"""What a rule is: an identifier, where it applies, and one sentence."""

from collections.abc import Iterable
from typing import NamedTuple


class Rule(NamedTuple):
    """A rule of the contract.

    Attributes:
        id: Its identifier, such as `VAL-LABEL-01`.
        type: The message, enum or kind of string it applies to, such as `Label`.
        path: The field it is about, in the names of the proto.
        sentence: What must be true.
    """

    id: str
    type: str
    path: str
    sentence: str


def rules_of(type_: str, stem: str, *rows: tuple[str, str]) -> tuple[Rule, ...]:
    """Returns the rules `VAL-<stem>-01`, `-02`… of a type, from (path, sentence) in order."""
    return tuple(
        Rule(f"VAL-{stem}-{number:02d}", type_, path, sentence)
        for number, (path, sentence) in enumerate(rows, start=1)
    )


def table(families: Iterable[tuple[Rule, ...]]) -> dict[str, Rule]:
    """Returns the rules of all `families` by identifier."""
    return {rule.id: rule for family in families for rule in family}

"""Classes of characters."""

import sys
import unicodedata
from collections.abc import Callable

import pytest

from protocol.characters import is_letter_or_number, is_printable

KNOWN = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) != "Cn"]
OLD = tuple(map(int, unicodedata.unidata_version.split("."))) <= (15, 0, 0)


@pytest.mark.parametrize(
    ("belongs", "classes"), [(is_letter_or_number, "LN"), (is_printable, "LMNPS")]
)
def test_agrees_with_the_tables_of_python(belongs: Callable[[str], bool], classes: str) -> None:
    """A character is of a class by Python's tables too, unless these are newer."""
    ours = {char for char in KNOWN if char != " " and belongs(char)}
    pythons = {char for char in KNOWN if unicodedata.category(char)[0] in classes}

    assert ours <= pythons
    assert not OLD or ours == pythons


@pytest.mark.parametrize(("code", "belongs"), [(0x1E4D0, True), (0x31350, True), (0x2EBF0, False)])
def test_is_of_unicode_15_whatever_python_has(code: int, belongs: bool) -> None:
    """Letters that came with 15.0 count, the ones that came later do not."""
    assert is_letter_or_number(chr(code)) is belongs
    assert is_printable(chr(code)) is belongs

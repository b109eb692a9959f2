"""Classes of characters in Unicode 15.0, which is what brokers go by.

Python's own tables follow the interpreter's version. The files beside this module list
the code points above ASCII of a class, as hexadecimal ranges.
"""

from bisect import bisect_right
from functools import cache
from importlib.resources import files

ASCII_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def is_letter_or_number(char: str) -> bool:
    """Tells whether `char` is of general category L* or N*."""
    if char.isascii():
        return char in ASCII_ALPHANUMERIC
    return _is_in("letters-and-numbers.txt", char)


def is_printable(char: str) -> bool:
    """Tells whether `char` is a letter, mark, number, punctuation, symbol or ASCII space."""
    return char.isprintable() if char.isascii() else _is_in("printable.txt", char)


def _is_in(table: str, char: str) -> bool:
    begins, ends = _ranges(table)
    index = bisect_right(begins, ord(char)) - 1
    return index >= 0 and ord(char) <= ends[index]


@cache
def _ranges(table: str) -> tuple[list[int], list[int]]:
    spans = files("protocol").joinpath(table).read_text("ascii").split()
    begins = [int(span.partition("-")[0], 16) for span in spans]
    ends = [int(span.rpartition("-")[2], 16) for span in spans]
    return begins, ends

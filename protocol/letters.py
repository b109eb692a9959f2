"""Letters and numbers of Unicode 15.0: what a broker's tokens may be made of.

Python's own tables follow the interpreter's version; a broker's do not. `letters.txt`
lists the code points above ASCII of the general categories L* and N*, as hexadecimal
ranges.
"""

from bisect import bisect_right
from functools import cache
from importlib.resources import files

ASCII_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def is_letter_or_number(char: str) -> bool:
    """Tells whether `char` is of general category L* or N* in Unicode 15.0."""
    if char.isascii():
        return char in ASCII_ALPHANUMERIC
    begins, ends = _ranges()
    index = bisect_right(begins, ord(char)) - 1
    return index >= 0 and ord(char) <= ends[index]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    spans = files("protocol").joinpath("letters.txt").read_text("ascii").split()
    begins = [int(span.partition("-")[0], 16) for span in spans]
    ends = [int(span.rpartition("-")[2], 16) for span in spans]
    return begins, ends

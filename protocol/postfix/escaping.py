"""Texts escaped for HTML, JavaScript and the queries of URLs, as Go's templates do it."""

import re
from urllib.parse import quote_plus

from protocol.characters import is_printable

_HTML = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&#34;",
        "'": "&#39;",
        "\0": "\N{REPLACEMENT CHARACTER}",
    }
)
_NOT_OF_SCRIPTS = re.compile(r"""[\x00-\x1f<>&='"\\]|[^\x00-\x7f]""")


def for_html(text: str) -> str:
    """The text as the content, or a quoted attribute, of an HTML element."""
    return text.translate(_HTML)


def for_javascript(text: str) -> str:
    """The text as what stands between the quotes of a string in JavaScript."""
    return _NOT_OF_SCRIPTS.sub(lambda found: _escaped(found[0]), text)


def for_query(text: str) -> str:
    """The text as a value in the query of a URL."""
    return quote_plus(text, errors="surrogateescape")


def _escaped(char: str) -> str:
    if char in "\\'\"":
        return f"\\{char}"
    if not char.isascii() and is_printable(char):
        return char
    return f"\\u{ord(char):04X}"

"""The options for brokers in use, and what is refused of them."""

from typing import Any

import click
import pytest

from conformance.errors import ConfigurationError
from conformance.limits import IN_USE, Caps
from conformance.options import CAPS, Size, access_of, caps_of

NONE: dict[str, Any] = {
    "read_only": False,
    "no_apply": False,
    "journals": None,
    "allow_destructive": False,
    **dict.fromkeys(CAPS),
}


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("1048576", 1 << 20), ("64MiB", 64 << 20), ("2 gib", 2 << 30), ("512KiB", 1 << 19)],
)
def test_sizes(text: str, size: int) -> None:
    """Sizes are numbers of bytes, plain or with a unit."""
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5MiB", "64MB", "MiB", "1TiB", "٣", "9" * 16])
def test_what_is_no_size(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(click.BadParameter, match="such as"):
        Size().convert(text, None, None)


@pytest.mark.parametrize(
    ("asked", "access", "caps"),
    [
        ({}, "full", Caps()),
        ({"max_bytes": 5}, "full", Caps(bytes=5)),
        ({"read_only": True}, "read-only", IN_USE),
        ({"read_only": True, "max_journals": 3}, "read-only", Caps(3, IN_USE.bytes, IN_USE.calls)),
        ({"no_apply": True, "journals": "prefix=a/"}, "no-apply", IN_USE),
    ],
)
def test_access_and_caps(asked: dict[str, Any], access: str, caps: Caps) -> None:
    """A run that may do everything has no caps but those told, others have some anyway."""
    assert access_of({**NONE, **asked}) == access
    assert caps_of({**NONE, **asked}, access) == caps


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"read_only": True, "no_apply": True}, "--read-only does not go with --no-apply"),
        ({"journals": "a=b"}, "--journals goes with --read-only or --no-apply"),
        ({"max_journals": 1}, "--max-journals goes with"),
        ({"no_apply": True}, "--no-apply needs --journals"),
        ({"no_apply": True, "journals": " "}, "--journals is empty"),
        ({"read_only": True, "allow_destructive": True}, "does not go with --read-only"),
    ],
)
def test_contradictions(asked: dict[str, Any], sentence: str) -> None:
    """Options that contradict each other are refused in one sentence."""
    with pytest.raises(ConfigurationError, match=sentence):
        access_of({**NONE, **asked})

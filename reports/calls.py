"""The calls of a failed test as text, short enough to show and honest about what was cut."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reports.model import Call

LINE = 80
"""Columns that a line of a message takes if it can."""
MESSAGE_LIMIT = 4_000
"""Characters of one message that a report shows: a 4 MiB chunk would make the page unusable."""
MESSAGES_LIMIT = 20
"""Messages of one direction of a call that a report shows."""
CALLS_LIMIT = 50
"""Calls of one failure that a report shows."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a call as text; `arrow` is → for what was sent and ← for what came."""

    arrow: str
    text: str


def message_text(value: Any) -> str:
    """Return a decoded message as JSON, each part of it on one line where it fits."""
    text = _layout(value, indent=0, before=0)
    if len(text) > MESSAGE_LIMIT:
        left = len(text) - MESSAGE_LIMIT
        return f"{text[:MESSAGE_LIMIT]}\n… {left:,} more characters in the result file"
    return text


def _layout(value: Any, *, indent: int, before: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, list | dict) or before + len(flat) <= LINE:
        return flat
    inner = indent + 2
    if isinstance(value, list):
        parts = [_layout(item, indent=inner, before=inner) for item in value]
        opened, closed = "[", "]"
    else:
        names = [
            (json.dumps(name, ensure_ascii=False) + ": ", item) for name, item in value.items()
        ]
        parts = [
            name + _layout(item, indent=inner, before=inner + len(name)) for name, item in names
        ]
        opened, closed = "{", "}"
    separator = ",\n" + " " * inner
    return f"{opened}\n{' ' * inner}{separator.join(parts)}\n{' ' * indent}{closed}"


def messages(call: Call) -> Iterator[Message]:
    """Yield what was sent, then what came, up to the limits."""
    for arrow, values in (("→", call.requests), ("←", call.responses)):
        for value in values[:MESSAGES_LIMIT]:
            yield Message(arrow, message_text(value))
        if len(values) > MESSAGES_LIMIT:
            left = len(values) - MESSAGES_LIMIT
            yield Message(arrow, f"… {left:,} more messages in the result file")


def shown(calls: tuple[Call, ...]) -> tuple[tuple[Call, ...], str]:
    """Return the calls to show, the latest if there are too many, and a note on the rest."""
    if len(calls) <= CALLS_LIMIT:
        return calls, ""
    left = len(calls) - CALLS_LIMIT
    return calls[-CALLS_LIMIT:], f"{left:,} earlier calls are in the result file"


def outcome_line(call: Call) -> str:
    """Return how a call ended: its gRPC code, details and duration."""
    details = f" {call.details}" if call.details else ""
    return f"{call.code}{details} · {duration(call.took_s)}"


def duration(seconds: float) -> str:
    """Return a duration as people say it: `340 ms`, `1.2 s`, `3 min 05 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest:02d} s"

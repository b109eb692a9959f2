"""Who was primary of journals, as answers to calls about them told."""

from collections.abc import Iterable
from typing import Any

from conformance.answer import Answer
from conformance.trace import Step
from protocol.journals import strip_meta

ROUTED = ("Append", "Read", "ListFragments")
"""RPCs about one journal, the route of which is in their answers."""


def primaries_told(steps: Iterable[Step]) -> dict[str, Any]:
    """The primary of each journal by the last answer that had a route with one."""
    told = {}
    for step in steps:
        if step.call.rpc in ROUTED and step.call.requests and isinstance(step.value, Answer):
            journal = strip_meta(step.call.requests[0].get("journal", ""))
            for route in (message.header.route for message in step.value.messages):
                if 0 <= route.primary < len(route.members):
                    told[journal] = route.members[route.primary]
    return told

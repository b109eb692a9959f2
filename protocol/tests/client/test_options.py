"""The options that the client of threads passes on."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from protocol.client import JournalClient
from protocol.client.options import AppendOptions, FragmentsOptions, ReadOptions


@pytest.mark.parametrize(
    ("call", "options"),
    [
        (JournalClient.append, AppendOptions),
        (JournalClient.read, ReadOptions),
        (JournalClient.list_fragments, FragmentsOptions),
    ],
)
def test_options_are_those_of_the_call(call: Callable[..., Any], options: Any) -> None:
    """Each option that a call takes by name is among those passed on, of the same type."""
    parameters = inspect.signature(call).parameters.values()
    named = {each.name: each.annotation for each in parameters if each.kind is each.KEYWORD_ONLY}

    assert named == get_type_hints(options)

"""What a lie is, and how one is declared.

A lie is one wrong behaviour of an otherwise honest broker, for suites to be tried with. It is
a function under `@lie(ids, ...)`: the name tells the behaviour, the docstring says it in a
sentence, and `ids` are the requirements that must catch it. One keyword says where it sits:

| keyword | is called with | its result |
|---|---|---|
| `answers="Read"` | each response, and what was `Seen` | what is written |
| `requests="Read"` | each request, and what was `Seen` | what the broker sees |
| `ends="Read"` | code, details, and what was `Seen` | code and details |
| `replaces="module:function"` | the honest function, and its arguments | the function's result |

A message changed in place needs no result; a list of messages is written one by one, and an
empty list is nothing at all. Several RPCs are separated by blanks. A constant can be replaced
too: the function then takes the honest value only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbroker.rpc.interceptor import Call

Work = Callable[..., Any]


@dataclass(slots=True)
class Seen:
    """What a lie knows of a call.

    Attributes:
        call: The call.
        memory: The lie's own, for as long as the cluster lives.
        first: The first request; None before it.
        state: The lie's own, for as long as the call lives.
    """

    call: Call
    memory: dict[Any, Any]
    first: Any = None
    state: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lie:
    """One wrong behaviour.

    Attributes:
        name: It, in words.
        sentence: It, in a sentence.
        caught_by: Ids of the requirements that must catch it.
        taps: What happens to calls: (where, RPC) → function.
        patches: What functions of the broker are replaced: "module:function" → replacement.
        brokers: With how many brokers it shows.
    """

    name: str
    sentence: str
    caught_by: tuple[str, ...]
    taps: Mapping[tuple[str, str], Work] = field(default_factory=dict)
    patches: Mapping[str, Work] = field(default_factory=dict)
    brokers: int = 1


LIES: dict[str, Lie] = {}
"""All lies declared so far, by name."""


def lie(
    *caught_by: str,
    answers: str = "",
    requests: str = "",
    ends: str = "",
    replaces: str = "",
    brokers: int = 1,
) -> Callable[[Work], Work]:
    """Declares the decorated function as a lie, named after it."""

    def declare(work: Work) -> Work:
        places = {"answers": answers, "requests": requests, "ends": ends}
        add(
            work.__name__.replace("_", "-"),
            (work.__doc__ or "").strip(),
            caught_by,
            taps={(where, rpc): work for where, rpcs in places.items() for rpc in rpcs.split()},
            patches=dict.fromkeys(replaces.split(), work),
            brokers=brokers,
        )
        return work

    return declare


def add(name: str, sentence: str, caught_by: tuple[str, ...], **how: Any) -> None:
    """Declares a lie. Raises `ValueError` where the name is taken."""
    if name in LIES:
        raise ValueError(f"the lie {name} is there twice")
    LIES[name] = Lie(name, sentence, caught_by, **how)

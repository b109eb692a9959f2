"""The steps of a failed test as the moves of a script: merged, polled once, and few enough."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.trace import LOCAL, Call, Step

MOVES = 104
"""How many moves a script has at most, for somebody to read it."""
CYCLE = 4
"""How many calls that are made again and again are recognized."""


@dataclass(frozen=True)
class Move:
    """One line of a script.

    Kinds are those of steps, and `call` (a whole call), `until` (one that is repeated until it
    is answered so), `still` (one that is answered so after some time) and `race` (ends of calls
    that may come in any order). `open`, `send` and whole calls have requests; an `open` may be
    `done`, half-closed at once.
    """

    kind: str
    call: Call
    requests: tuple[Any, ...] = ()
    value: Any = None
    done: bool = False
    sent: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def local(self) -> bool:
        """Whether it is no call, but about files, or time that passes."""
        return self.call.rpc == LOCAL

    @property
    def looks(self) -> bool:
        """Whether it only looks, at files or at a broker that may be gone."""
        return self.kind == "files" or (self.kind == "broker" and self.value[0] in {"runs", "gone"})

    @property
    def alike(self) -> tuple[Any, ...]:
        """What a move shares with those that repeat it."""
        return (self.kind, self.call.rpc, self.call.target, self.sent)


def moves(steps: Sequence[Step], patience: float | None) -> list[Move]:
    """The moves that repeat `steps`.

    `patience` are the seconds in which the last call was never answered as it should be, where
    the test waited for that.
    """
    found = _raced(_collapsed(_settled(list(_filled(_merged(steps))))))
    if patience and found and found[-1].kind in {"call", "until"}:
        last = replace(found[-1], kind="still")
        found[-1] = replace(last, value=(patience, found[-1].value))
    if patience and found and found[-1].looks:
        found[-1] = replace(found[-1], value=(*found[-1].value, patience))
    return found


def chosen(found: Sequence[Move]) -> list[Move]:
    """Few enough of the moves: those that made the journals of the last ones, and these."""
    if len(found) <= MOVES:
        return list(found)
    last = list(found[-MOVES // 2 :])
    about = {name for each in last for name in names(each)}
    made = [each for each in found[: -MOVES // 2] if _makes(each, about)][: MOVES - len(last)]
    rest = [each for each in found[: -MOVES // 2] if each not in made and about & names(each)]
    kept = [*made, *rest[len(rest) - (MOVES - len(last) - len(made)) :], *last]
    calls = {id(each.call) for each in kept if each.kind in {"open", "call", "until", "still"}}
    return [each for each in found if each in kept and (each.local or id(each.call) in calls)]


def _makes(move: Move, about: set[str]) -> bool:
    """Whether a move makes journals, or brings brokers to where they are."""
    return move.kind in DEEDS or (move.call.rpc == "Apply" and bool(about & names(move)))


def names(move: Move) -> set[str]:
    """The names of journals that the requests of a call speak of, or that a file is of."""
    if move.local and move.kind in FILES:
        root, path, *_ = move.value
        return {str(each) for each in path.relative_to(root).parents}
    return {name for request in move.requests for name in _names(request)}


def _names(request: Any) -> Iterator[str]:
    if isinstance(request, bytes):
        return
    for name in ("journal", "name", "delete"):
        if value := getattr(request, name, ""):
            yield value
    for field_, value in request.ListFields():
        if field_.message_type is not None:
            for each in value if field_.is_repeated else [value]:
                yield from _names(each)
        elif field_.name == "value":
            yield value


def _merged(steps: Sequence[Step]) -> Iterator[Move]:
    opened: set[int] = set()
    over: set[int] = set()
    number = 0
    while number < len(steps):
        step = steps[number]
        number += 1
        if step.call.rpc == LOCAL:
            yield Move(step.kind, step.call, value=step.value)
        elif step.kind == "raw":
            yield Move("raw", step.call, value=step.value)
        elif step.kind == "open" and not step.call.options.get("raw"):
            opened.add(id(step.call))
            move, number = _opening(steps, number, step.call)
            over |= {id(step.call)} if move.kind != "open" else set()
            yield move
        elif id(step.call) in opened and not (step.kind == "end" and id(step.call) in over):
            over |= {id(step.call)} if step.kind == "end" else set()
            yield _single(step)


def _opening(steps: Sequence[Step], number: int, call: Call) -> tuple[Move, int]:
    """An open, with all that follows at once: requests, the half-close and the end."""
    requests = []
    while _follows(steps, number, call, "send"):
        requests.append(steps[number].value)
        number += 1
    done = _follows(steps, number, call, "half-close")
    number += done
    kind, value = "open", None
    if done and _follows(steps, number, call, "end"):
        kind, value = "until" if call.polled else "call", steps[number].value
        number += 1
    sent = tuple(each if isinstance(each, bytes) else each.SerializeToString() for each in requests)
    return Move(kind, call, tuple(requests), value, done=done, sent=sent), number


def _single(step: Step) -> Move:
    if step.kind == "send":
        return Move("send", step.call, (step.value,))
    return Move(step.kind, step.call, value=step.value)


def _follows(steps: Sequence[Step], number: int, call: Call, kind: str) -> bool:
    return number < len(steps) and steps[number].kind == kind and steps[number].call is call


def _collapsed(found: list[Move]) -> list[Move]:
    """The moves, of which calls that were repeated over and over stand once, as polls."""
    for length in range(1, CYCLE + 1):
        number = 0
        while number + 2 * length <= len(found):
            first, second = found[number : number + length], found[number + length :][:length]
            if _repeats(first, second):
                found[number : number + 2 * length] = [
                    replace(each, kind="until") for each in second
                ]
            else:
                number += 1
    return found


def _repeats(first: Sequence[Move], second: Sequence[Move]) -> bool:
    whole = {"call", "until"}
    return all(
        a.kind in whole and b.kind in whole and a.alike[1:] == b.alike[1:] and _does_nothing(a)
        for a, b in zip(first, second, strict=True)
    )


def _does_nothing(move: Move) -> bool:
    """Whether a call did nothing, so that making it again is asking: it read, or was refused."""
    answer = move.value
    refused = answer.code == "OK" and answer.messages and answer.status != "OK"
    return move.call.rpc in READS or bool(refused) or answer.code == "UNAVAILABLE"


def _raced(found: Sequence[Move]) -> list[Move]:
    """The moves, of which the ends of appends that were half-closed at once are one `race`."""
    closed: list[Call] = []
    racing: set[int] = set()
    for each in found:
        if each.call.rpc != "Append":
            continue
        if each.kind == "half-close" or (each.kind == "open" and each.done):
            closed.append(each.call)
            racing |= {id(call) for call in closed} if len(closed) > 1 else set()
        elif each.kind == "end":
            closed = [call for call in closed if call is not each.call]
    told: list[Move] = []
    for each in found:
        if each.kind != "end" or id(each.call) not in racing:
            told.append(each)
        elif told and told[-1].kind == "race":
            told[-1] = replace(told[-1], value=(*told[-1].value, each))
        else:
            told.append(replace(each, kind="race", value=(each,)))
    return told


def _settled(found: Sequence[Move]) -> list[Move]:
    """The moves, without looks at files or brokers right before another look at them."""
    return [
        each
        for each, after in itertools.zip_longest(found, found[1:])
        if after is None or not (each.looks and after.looks and each.kind == after.kind)
    ]


def _filled(found: Iterable[Move]) -> Iterator[Move]:
    """The moves, of which many files of the same content that follow each other are one."""
    for kind, each in itertools.groupby(found, key=_content):
        group = list(each)
        begins = [_begin(move) for move in group] if kind else []
        steps = {after - begin for begin, after in itertools.pairwise(begins)}
        if len(group) >= FILES_AT_ONCE and len(steps) == 1:
            span = range(begins[0], begins[-1] + 1, steps.pop())
            yield replace(group[0], kind="fill", value=(*group[0].value, span))
        else:
            yield from group


def _content(move: Move) -> tuple[Any, ...] | None:
    """What fragment files that are put have in common with others of one filling."""
    if move.kind != "put" or not _FRAGMENT.search(move.value[1].name):
        return None
    _root, path, stored, mod_time = move.value
    return (path.parent, _FRAGMENT.sub("", path.name), stored, mod_time)


def _begin(move: Move) -> int:
    return int(move.value[1].name[:16], 16)


_FRAGMENT = re.compile(r"^[0-9a-f]{16}-[0-9a-f]{16}(?=-)")
FILES_AT_ONCE = 4
"""How many files alike are worth a loop."""
FILES = ("put", "fill", "folder", "remove", "age", "files")
"""Moves that are about files of a store."""
DEEDS = ("broker", "asks")
"""Moves that are about no journal, but all of them."""
READS = ("List", "Read", "ListFragments", "FragmentStoreHealth")
"""Calls that may be repeated without doing anything."""

"""Scripts that stand alone and make the calls of a failed test once more."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from google.protobuf.json_format import MessageToDict

from conformance.expression import plain
from conformance.lines import Lines
from conformance.moves import DEEDS, Move, chosen, moves, names
from conformance.trace import Cluster, Step
from protocol.replay.cast import Cast
from protocol.wire.service import SERVICE

UNARY = ("List", "Apply", "Read", "ListFragments", "FragmentStoreHealth")
WITHIN = re.compile(r" within ([\d.]+) s$")
TOLD = 300
"""Characters of a sentence of the docstring at most."""

_SCRIPT = '''\
"""{requirement}: {sentence}

Expected {expected}; got {got}.
{notes}Run it as python FILE [HOST:PORT …]; it ends 1 where brokers answer as they did, else 0.
{grpcurl}"""
from protocol.replay import Replay

with Replay({places}) as again:
{lines}
'''


@dataclass(frozen=True)
class Reproducer:
    """A script, the addresses of the brokers it is for, and the key that they check tokens by.

    One that `judges` tells by itself whether brokers answer as they did; if its calls are
    `races`, by one of several runs.
    """

    text: str
    addresses: tuple[str, ...]
    key: str = field(default="", repr=False)
    judges: bool = True
    races: bool = False


def reproducer(
    failure: Mapping[str, str],
    steps: Sequence[Step],
    run_prefix: str,
    *,
    prepared: Sequence[Step] = (),
    secrets: Collection[str | None] = (),
) -> Reproducer | None:
    """What repeats `steps` below another prefix than `run_prefix`; None of no steps.

    Of the `prepared` steps those are repeated before that are about the same journals. Keys
    that are among `secrets` are left for the reader to give.
    """
    within = WITHIN.search(failure["expected"])
    found = moves(steps, float(within[1]) if within else None)
    about = {name for each in found for name in names(each) if name.startswith(run_prefix)}
    made = moves(prepared, None)
    found = [*(each for each in made if each.kind in DEEDS or about & names(each)), *found]
    cluster = _cluster(found)
    places = (cluster, Cluster())  # files and pauses have none
    kept = chosen([each for each in found if each.call.cluster in places])
    if not kept:
        return None
    secret = cluster.key in secrets
    notes = ["The brokers' key is to be given by --key."] if cluster.key and secret else []
    if left := len(found) - len(kept):
        notes.append(f"It leaves out {left} calls that were made before or elsewhere.")
    if any(each.kind == "broker" for each in kept):
        notes.append("Brokers are killed and started by --control, or by you when it asks for it.")
    races = any(each.kind == "race" for each in kept)
    if races:
        notes.append("Calls raced each other, and may come out otherwise: run it several times.")
    played = any(each.kind == "asks" for each in kept)
    if played:
        notes.append("It cannot judge: the test itself took a broker's part, which no script does.")
    if unmade(kept, run_prefix):
        notes.append("It cannot judge alone: its journals were made, or brokers ended, before it.")
    place = replace(cluster, key="") if secret else cluster
    lines = Lines(run_prefix, _test(kept, run_prefix), place, _cast(kept, run_prefix))
    for move in kept:
        lines.write(move)
    told = {
        name: plain(lines.shortened(failure[name]), TOLD)
        for name in ("requirement", "sentence", "expected", "got")
    }
    grpcurl = command(kept[-1], run_prefix)
    text = _SCRIPT.format(
        **told,
        notes="".join(f"{note}\n" for note in notes),
        grpcurl=plain(grpcurl, len(grpcurl)) + "\n" if grpcurl else "",
        places=lines.places(),
        lines=lines.text(),
    )
    return Reproducer(text, place.addresses, place.key, judges=not played, races=races)


def command(move: Move, run_prefix: str) -> str:
    """The grpcurl line of a call with a single request, or ""."""
    call, requests = move.call, move.requests
    if call.rpc not in UNARY or len(requests) != 1 or isinstance(requests[0], bytes):
        return ""
    told = MessageToDict(requests[0], preserving_proto_field_name=True)
    request = json.dumps(told).replace(run_prefix, "conformance/")
    if len(request) > LARGEST:
        return ""
    proto = "-import-path protocol/wire -proto protocol.proto"
    words = f"-d {shlex.quote(request)} {call.target} {SERVICE}/{call.rpc}"
    return f"grpcurl -plaintext {proto} {words}"


LARGEST = 2000
"""Characters of a request above which there is no line for grpcurl: nobody would read it."""


def unmade(found: Sequence[Move], run_prefix: str) -> bool:
    """Whether the moves are about journals of the run, and none applies anything."""
    calls = [each for each in found if not each.local]
    about = any(name.startswith(run_prefix) for each in calls for name in names(each))
    return about and not any(each.call.rpc == "Apply" for each in found)


def _cast(found: Sequence[Move], run_prefix: str) -> dict[str, Cast]:
    """Who was who at first in the journals that single calls are about, or were waited for."""
    about = {each.call.journal for each in found}
    for each in found:
        about |= names(each) if each.kind == "until" and each.call.rpc == "List" else set()
    casts: dict[str, Cast] = {}
    for each in found:
        for name, cast in each.call.casts.items():
            if name in about and name.startswith(run_prefix):
                casts.setdefault(name, cast)
    return casts


def _cluster(found: Sequence[Move]) -> Cluster:
    """The brokers that the last call was made to."""
    return next((each.call.cluster for each in reversed(found) if not each.local), Cluster())


def _test(found: Sequence[Move], run_prefix: str) -> str:
    """The folder below the run's prefix in which most names lie."""
    text = " ".join(str(request) for each in found for request in each.requests)
    text += " ".join(str(each.call.options.get("path")) for each in found)
    folders = Counter(re.findall(rf"{re.escape(run_prefix)}([\w.-]+)/", text))
    return folders.most_common(1)[0][0] if folders else "test"

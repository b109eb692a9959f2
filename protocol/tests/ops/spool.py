"""Op about the spool of a replica."""

from typing import Any

from protocol import ProtocolError
from protocol.fragments import digest_of, sum_of
from protocol.spool import Applied, Spool
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector
from protocol.wire.messages import Fragment, LabelSet, Status


@op("spool_apply")
def check_apply(vector: Vector) -> None:
    """Each message leaves the spool in the recorded state."""
    spool = Spool(vector.input["journal"])

    for step, expected in zip(vector.input["steps"], vector.out, strict=True):
        assert _state(spool, *_apply(spool, step)) == expected


def _apply(spool: Spool, step: dict[str, Any]) -> tuple[Applied, str | None]:
    if "content" in step:
        try:
            spool.write(step["content"].encode(), step.get("delta", 0))
        except ProtocolError as error:
            return Applied(Status.OK), str(error)
        return Applied(Status.OK), None
    proposal = Fragment(
        journal=spool.fragment.journal,
        begin=step["begin"],
        end=step["end"],
        sum=sum_of(step["sum_of"].encode()) if "sum_of" in step else None,
        compression_codec=step["codec"],
    )
    given = step.get("registers", [])
    registers = LabelSet(
        labels=[
            {"name": name, "value": value}
            for name, value in zip(given[::2], given[1::2], strict=True)
        ]
    )
    return spool.propose(proposal, registers, now=1.0), None


def _state(spool: Spool, applied: Applied, error: str | None) -> dict[str, Any]:
    fragment, following = spool.fragment, spool.next()
    state: dict[str, Any] = {
        "begin": fragment.begin,
        "end": fragment.end,
        "events": _events(applied),
        "next": [following.begin, following.end, digest_of(following.sum).hex()],
        "registers": [[label.name, label.value, label.prefix] for label in spool.registers.labels],
        "status": Status.Name(applied.status),
    }
    if error is not None:
        state["error"] = error
    if applied.status == Status.PROPOSAL_MISMATCH:
        state["mismatch_fragment"] = [fragment.begin, fragment.end]
    return state


def _events(applied: Applied) -> list[str]:
    events = []
    if applied.completed is not None:
        completed = applied.completed.fragment
        events.append(f"complete {completed.begin}-{completed.end} primary=false")
    if applied.committed is not None:
        events.append(f"commit {applied.committed.begin}-{applied.committed.end}")
    return events

"""Brokers that are wrong in everything."""

from typing import Any

from mockbroker.lies.lie import lie

OUTCOME = "mockbroker.rpc.pump:Pump._outcome"
BASICS = (
    "transport.serves-every-rpc",
    "append.commits-content",
    "apply.creates-a-journal",
    "list.no-match-answers-once",
    "read.at-head-answers-once",
    "list-fragments.missing-journal",
)


@lie(*BASICS, replaces=OUTCOME)
async def refuses_everything(_honest: Any, _pump: Any, _serve: Any) -> tuple[int, str]:
    """Every call is refused."""
    return 2, "refused"


@lie(*BASICS, replaces=OUTCOME)
async def answers_ok_to_everything(_honest: Any, pump: Any, _serve: Any) -> tuple[int, str]:
    """Every call is answered OK with an empty message."""
    await pump.write(pump.method.response().SerializeToString())
    return 0, ""

"""Lies about brokers that come and go."""

from typing import Any

from mockbroker.core.actions import Receive
from mockbroker.core.requests import checked
from mockbroker.lies.lie import lie
from mockbroker.lies.relay import relayed


@lie("append.replica-is-promoted", replaces="mockbroker.core.sync:synchronize", brokers=3)
def promoted_replicas_lose_registers(honest: Any, *arguments: Any) -> Any:
    """A replica that becomes primary starts without registers."""
    arguments[1].spool.registers.ClearField("labels")
    return (yield from honest(*arguments))


@lie("append.offset-race-has-one-winner", replaces="mockbroker.core.append:Append._decide")
def all_racers_for_an_offset_win(honest: Any, append: Any) -> Any:
    """Of appends that ask for the same offset at the same time, all are committed."""
    spool, request = append.replica.spool, append._request
    if request.offset and request.offset < spool.fragment.end:
        request.offset = spool.fragment.end
    return honest(append)


@lie("auth.authenticates-before-validating", replaces="mockbroker.core.list:serve")
def validation_comes_before_authentication(honest: Any, broker: Any, authorization: Any) -> Any:
    """An invalid List without a token is refused as invalid."""
    request = checked(broker, (yield Receive()))
    script = honest(broker, authorization)
    next(script)
    yield from relayed(script, first=request)

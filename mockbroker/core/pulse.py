"""The pulse: a zero-byte append of a broker to its own journals.

Each replica runs one whenever its route changes, and every minute. Only the primary's has
an effect: it synchronises the replicas, advertises the route, and rolls what is due.
"""

from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import AbortError, Script, Wait
from mockbroker.core.append import Append
from mockbroker.core.conditions import Refusal
from mockbroker.core.replica import Replica

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


IF_FLUSHED = pb.AppendRequest.Suspend.SUSPEND_IF_FLUSHED
NO_RESUME = pb.AppendRequest.Suspend.SUSPEND_NO_RESUME
STABLE = 15
"""Pulses without a change of route after which an idle journal may be suspended."""


def pulse(broker: "Broker", replica: Replica) -> Script:
    """Pulses until the replica is gone."""
    stable = 0
    while not replica.closed:
        epoch = replica.epoch
        suspends = broker.settings.auto_suspend and stable >= STABLE
        yield from _pulse_once(broker, replica, IF_FLUSHED if suspends else NO_RESUME)
        due = broker.now() + broker.settings.pulse_interval
        while replica.epoch == epoch and broker.now() < due:
            yield Wait((replica.invalidated,), due)
        stable = stable + 1 if replica.epoch == epoch else 0


def _pulse_once(broker: "Broker", replica: Replica, suspend: pb.AppendRequest.Suspend) -> Script:
    request = pb.AppendRequest(journal=replica.journal, do_not_proxy=True, suspend=suspend)
    append = Append(broker, Access(), request)
    try:
        yield from append.barrier()
    except (AbortError, Refusal):
        return
    finally:
        append.release()

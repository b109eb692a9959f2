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


def pulse(broker: "Broker", replica: Replica) -> Script:
    """Pulses until the replica is gone."""
    while not replica.closed:
        epoch = replica.epoch
        yield from _pulse_once(broker, replica)
        due = broker.now() + broker.settings.pulse_interval
        while replica.epoch == epoch and broker.now() < due:
            yield Wait((replica.invalidated,), due)


def _pulse_once(broker: "Broker", replica: Replica) -> Script:
    request = pb.AppendRequest(
        journal=replica.journal,
        do_not_proxy=True,
        suspend=pb.AppendRequest.Suspend.SUSPEND_NO_RESUME,
    )
    append = Append(broker, Access(), request)
    try:
        yield from append.barrier()
    except (AbortError, Refusal):
        return
    finally:
        append.release()

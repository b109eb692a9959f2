"""FragmentStoreHealth over gRPC."""

from typing import Any

from mockbroker.core import store_health
from mockbroker.rpc.process import Process
from mockbroker.rpc.pump import Pump
from protocol.wire.service import METHODS


async def handle(process: Process, _requests: Any, context: Any) -> bytes | None:
    """Serves one call."""
    return await Pump(process, METHODS["FragmentStoreHealth"], context).serve(store_health.serve)

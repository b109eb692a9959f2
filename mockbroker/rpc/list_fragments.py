"""ListFragments over gRPC."""

from typing import Any

from mockbroker.core import list_fragments
from mockbroker.rpc.process import Process
from mockbroker.rpc.pump import Pump
from protocol.wire.service import METHODS


async def handle(process: Process, _requests: Any, context: Any) -> bytes | None:
    """Serves one call."""
    return await Pump(process, METHODS["ListFragments"], context).serve(list_fragments.serve)

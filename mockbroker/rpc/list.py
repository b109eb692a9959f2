"""List over gRPC."""

from typing import Any

from mockbroker.core import list as list_
from mockbroker.rpc.process import Process
from mockbroker.rpc.pump import Pump
from protocol.wire.service import METHODS


async def handle(process: Process, _requests: Any, context: Any) -> None:
    """Serves one call."""
    await Pump(process, METHODS["List"], context).serve(list_.serve)

"""Calls made again as they were made before, and whether brokers answer them as they did.

Scripts that `gazette-conformance` writes of failures are made of this.
"""

from protocol.replay.replay import Replay
from protocol.replay.telling import Telling, mark

__all__ = ["Replay", "Telling", "mark"]

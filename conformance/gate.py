"""The gate that all calls to a target pass: it refuses, paces and counts them."""

from collections.abc import Collection
from typing import Any

from google.protobuf.message import Message

import protocol
from conformance.access import EVERYTHING, permits, permits_http
from conformance.errors import GateError
from conformance.limits import Budget, Caps, Pace
from protocol.journals import strip_meta

REGISTERS = "conformance-"
"""What the suite's own registers begin with, at journals that are not its own."""


class Gate:
    """What the run permits, in one process.

    A call that its access does not permit is an error of the harness, because the plan keeps
    tests that make such calls from running at all.
    """

    def __init__(
        self, access: str = EVERYTHING, *, journals: Collection[str] = (), caps: Caps | None = None
    ) -> None:
        caps = caps or Caps()
        self.access = access
        self.budget = Budget(caps.bytes)
        self._journals = frozenset(journals)
        self._pace = Pace(caps.calls)

    def call(self, rpc: str) -> None:
        """Returns once a call may begin.

        Raises:
            GateError: the run's access does not permit this RPC.
        """
        if not permits(self.access, rpc):
            raise GateError(f"a test would send {rpc}, and the run is {self.access}")
        self._pace.turn()

    def path(self, path: str) -> None:
        """Refuses a raw call to a path of an RPC that is not permitted, or of none.

        Raises:
            GateError: the run's access does not permit it.
        """
        if not permits(self.access, path.rpartition("/")[2]):
            raise GateError(f"a test would call {path}, and the run is {self.access}")

    def http(self, method: str) -> None:
        """Returns once an HTTP request may begin.

        Raises:
            GateError: the run's access does not permit its method.
        """
        if not permits_http(self.access, method):
            raise GateError(f"a test would {method} over HTTP, and the run is {self.access}")
        self._pace.turn()

    def by_hand(self) -> None:
        """Permits calls that pass the gate by, in runs that may do everything.

        Raises:
            GateError: the run is no such run.
        """
        if self.access != EVERYTHING:
            raise GateError(f"a test would call by hand, and the run is {self.access}")

    def sends(self, rpc: str, message: Message | bytes) -> None:
        """Counts the content of a request.

        Raises:
            GateError: it appends to a journal that was not named for it, suspends one, or
                changes registers that are not the suite's own.
            CapError: there are no bytes left for it.
        """
        if rpc == "Append" and self.access != EVERYTHING:
            self._check_append(message)
        self.budget.take(len(getattr(message, "content", b"")))

    def receives(self, message: Any) -> None:
        """Counts the content of a response.

        Raises:
            CapError: there were no bytes left for it.
        """
        self.budget.take(len(getattr(message, "content", b"")))

    def _check_append(self, message: Any) -> None:
        if not isinstance(message, protocol.AppendRequest):
            raise GateError(f"a test would append bytes as they are, and the run is {self.access}")
        name = strip_meta(message.journal)
        if name and name not in self._journals:
            raise GateError(f"a test would append to {name}, which --journals does not choose")
        if message.suspend:
            raise GateError(f"a test would suspend {name}, and the run is {self.access}")
        for labels in (message.union_registers.labels, message.subtract_registers.labels):
            for label in labels:
                if not label.name.startswith(REGISTERS):
                    raise GateError(f"a test would change the register {label.name} of {name}")

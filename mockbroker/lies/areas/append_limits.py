"""Lies about the rates of appends."""

from typing import Any

import protocol as pb
from mockbroker.lies.lie import lie

FSM = "mockbroker.core.append:Append"
STREAM = "mockbroker.core.stream:Stream"


@lie("append.enforces-minimum-rate", replaces="mockbroker.core.flow:FlowControl.underflow")
def slow_clients_are_never_cut(_honest: Any) -> Any:
    """An append that sends nothing is waited for without end."""
    return property(lambda _flow: None)


@lie("append.spares-sustained-senders", replaces="mockbroker.core.flow:BURST")
def clients_are_cut_at_short_pauses(_honest: Any) -> float:
    """An append is cut at pauses of a tenth of a second."""
    return 0.1


@lie("append.paces-to-append-rate", replaces="mockbroker.core.stream:Stream._start")
def append_rate_is_ignored(honest: Any, stream: Any, spec: Any) -> None:
    """The append rate of a journal is not kept."""
    free = pb.JournalSpec()
    free.CopyFrom(spec)
    free.max_append_rate = 0
    honest(stream, free)

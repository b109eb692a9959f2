"""`mockbroker journals read`: content of one journal, as it is."""

import sys
from typing import Any

import click

from mockbroker.commands.connection import Connection, broker_options, expect_ok
from mockbroker.commands.output import print_json
from protocol import ReadRequest, ReadResponse, Status
from protocol.validate import validate


@click.command()
@click.argument("journal")
@click.option("--offset", type=click.IntRange(0), default=0, help="First byte to read.")
@click.option("--end", type=click.IntRange(0), default=0, help="End before this; 0 for no end.")
@click.option("--tail", is_flag=True, help="Begin at the write head.")
@click.option("--block", is_flag=True, help="Wait for content that is yet to come.")
@click.option("--from", "begin_mod_time", type=int, default=0, help="Skip what is older: seconds.")
@click.option("--metadata", is_flag=True, help="Print the first fragment, no content.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per response.")
@broker_options
def read(
    broker: Connection,
    journal: str,
    tail: bool,
    metadata: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Writes content of JOURNAL to standard output, up to its end, or --end, or for ever."""
    asked["offset"] = -1 if tail else asked["offset"]
    request = ReadRequest(
        journal=journal,
        block=asked["block"],
        offset=asked["offset"],
        end_offset=asked["end"],
        begin_mod_time=asked["begin_mod_time"],
        metadata_only=metadata,
    )
    validate(request)
    reading = _Reading(broker, request, as_json or metadata)
    try:
        reading.run()
    except KeyboardInterrupt:
        reading.cancel()


class _Reading:
    """Reads until the end, over as many calls as the broker ends early."""

    def __init__(self, broker: Connection, request: ReadRequest, as_json: bool) -> None:
        self._broker = broker
        self._request = request
        self._as_json = as_json
        self._call: Any = None

    def cancel(self) -> None:
        """Ends the call."""
        self._call.cancel()

    def run(self) -> None:
        """Reads everything that is asked for."""
        progressed = True
        while progressed:
            before = self._request.offset
            if self._read_call():
                return
            progressed = self._request.block or self._request.offset != before

    def _read_call(self) -> bool:
        """Makes one call, and tells whether all was read."""
        timed = not self._request.block
        self._call = self._broker.call("Read", self._request, timed=timed)
        for response in self._call:
            if self._as_json:
                print_json(response)
            if response.status == Status.OFFSET_NOT_YET_AVAILABLE:
                return True
            expect_ok(response, self._request.journal)
            self._take(response)
        end = self._request.end_offset
        return self._request.metadata_only or 0 < end <= self._request.offset

    def _take(self, response: ReadResponse) -> None:
        if response.HasField("fragment"):
            self._follow(response.offset)
            return
        if not self._as_json:
            sys.stdout.buffer.write(response.content)
            sys.stdout.buffer.flush()
        self._request.offset = response.offset + len(response.content)

    def _follow(self, offset: int) -> None:
        """Continues at `offset`, which is beyond the one asked for where content is missing."""
        if offset > self._request.offset >= 0 and not self._as_json:
            click.echo(f"no content at [{self._request.offset}, {offset})", err=True)
        self._request.offset = offset

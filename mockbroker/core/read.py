"""Read: the content of a journal from an offset on.

Modelled: jumps over holes, blocking, `end_offset`, `begin_mod_time`, local and stored
fragments, proxying to a member of the route, EOF when the replica goes or the token ends.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import protocol as pb
from mockbroker.core.access import Access
from mockbroker.core.actions import (
    AbortError,
    Action,
    OpenFragment,
    ReadFragment,
    Receive,
    Script,
    Send,
    SendContent,
    SignUrl,
    Wait,
)
from mockbroker.core.member import own_replica
from mockbroker.core.replica import Replica
from mockbroker.core.requests import checked, wanted_revision
from mockbroker.core.resolver import Resolution
from mockbroker.store import StoreFailedError
from protocol.auth import Capability
from protocol.index import Found, Indexed

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

URL_TTL = 60.0
"""Seconds a fragment URL is valid."""


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one Read call."""
    access = broker.access(authorization, Capability.READ)
    request = checked(broker, (yield Receive()))
    revision = wanted_revision(broker, request)
    found = yield from own_replica(broker, access, request, pb.ReadResponse, revision)
    if found is not None:
        yield from _Reader(broker, access, request, *found).run()


class _Reader:
    def __init__(
        self,
        broker: "Broker",
        access: Access,
        request: pb.ReadRequest,
        resolved: Resolution,
        replica: Replica,
    ) -> None:
        self._broker = broker
        self._expires = access.expires
        self._request = request
        self._replica = replica
        self._header: pb.Header | None = resolved.header
        self._offset = request.offset

    def run(self) -> Script:
        """Sends one fragment after the other, until there is a reason to end."""
        request = self._request
        while (found := (yield from self._query())) is not None:
            yield Send((yield from self._metadata(found)))
            self._offset = found.offset
            if found.entry is None or request.metadata_only or self._at_end():
                return
            if found.entry.content is not None:
                yield from self._send_local(found.entry)
            elif request.do_not_proxy:
                return
            else:
                yield from self._send_stored(found.entry.fragment)
            if self._at_end():
                return

    def _at_end(self) -> bool:
        end = self._request.end_offset
        return end != 0 and self._offset >= end

    def _query(self) -> Generator[Action, Any, Found | None]:
        """Asks the index, and again at its every change where the request blocks."""
        while True:
            found = self._replica.index.query(
                self._offset,
                begin_mod_time=self._request.begin_mod_time,
                block=self._request.block,
                now=self._broker.now(),
            )
            if not found.waits:
                return found
            self._offset = found.offset
            if self._replica.closed:
                return None
            if not (yield Wait((self._replica.changed,), self._expires)):
                return None

    def _metadata(self, found: Found) -> Generator[Action, Any, pb.ReadResponse]:
        response = pb.ReadResponse(
            status=found.status,
            header=self._header,
            offset=found.offset,
            write_head=found.write_head,
            fragment=found.entry.fragment if found.entry else None,
        )
        self._header = None
        if found.is_stored and found.entry:
            try:
                response.fragment_url = yield SignUrl(found.entry.fragment, URL_TTL)
            except StoreFailedError as error:
                raise AbortError(str(error)) from error
        return response

    def _stop(self, fragment: pb.Fragment) -> int:
        end = self._request.end_offset
        return min(fragment.end, end) if end else fragment.end

    def _send_local(self, entry: Indexed) -> Script:
        stop, chunk = self._stop(entry.fragment), self._broker.settings.limits.chunk
        while self._offset < stop:
            until = min(stop, self._offset + chunk)
            content = entry.content.read(self._offset - entry.begin, until - entry.begin)
            yield SendContent(self._offset, content)
            self._offset = until

    def _send_stored(self, fragment: pb.Fragment) -> Script:
        try:
            reader = yield OpenFragment(fragment, self._offset)
            stop, chunk = self._stop(fragment), self._broker.settings.limits.chunk
            while True:
                limit = min(chunk, stop - self._offset)
                content = yield ReadFragment(reader, limit)
                if not content:
                    return
                yield SendContent(self._offset, content)
                self._offset += len(content)
                if self._offset == stop < fragment.end:
                    return
        except StoreFailedError as error:
            raise AbortError(str(error)) from error

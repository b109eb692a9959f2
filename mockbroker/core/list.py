"""List: the journals a selector matches, once or at every change.

Modelled: pages, watches (a snapshot whenever the number of matches or their greatest
mod-revision changed, closed by an empty response), `watch_resume`, claims as a filter.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.actions import Receive, Script, Send, Wait
from mockbroker.core.allocator import route_of
from mockbroker.core.keyspace import Item, KeySpace
from mockbroker.core.requests import checked
from mockbroker.core.resolver import route_message
from protocol.auth import Capability
from protocol.labels import extend_with_name, fold_prefix, matches

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one List call."""
    access = broker.access(authorization, Capability.LIST)
    request = checked((yield Receive()))
    selectors = fold_prefix(request.selector), fold_prefix(access.selector)
    seen: tuple[int, int] | None = None
    revision = request.watch_resume.etcd.revision + 1 if request.HasField("watch_resume") else 0
    while True:
        while broker.keyspace.revision < revision:
            if not (yield Wait((broker.keyspace.changed,), access.expires)):
                return
        revision = broker.keyspace.revision + 1
        found = list(_matching(broker.keyspace, *selectors))
        snapshot = len(found), max((item.mod_revision for item in found), default=-1)
        if snapshot != seen:
            seen = snapshot
            for page in _pages(broker, found):
                yield Send(page)
            if request.watch:
                yield Send(pb.ListResponse())
        if not request.watch:
            return


def _matching(keyspace: KeySpace, *selectors: pb.LabelSelector) -> Iterator[Item]:
    wanted = [each for each in selectors if each.include.labels or each.exclude.labels]
    for item in keyspace.journals():
        if not wanted:
            yield item
            continue
        labels = extend_with_name(item.spec)
        if all(matches(selector, labels) for selector in wanted):
            yield item


def _pages(broker: "Broker", found: list[Item]) -> Iterator[pb.ListResponse]:
    """The snapshot in messages, all of one revision; only the first has a header."""
    size = broker.settings.journals_per_message
    journals = [_entry(broker.keyspace, item) for item in found]
    yield pb.ListResponse(header=broker.header(), journals=journals[:size])
    for begin in range(size, len(journals), size):
        yield pb.ListResponse(journals=journals[begin : begin + size])


def _entry(keyspace: KeySpace, item: Item) -> pb.ListResponse.Journal:
    assigned = keyspace.assignments.get(item.key, ())
    return pb.ListResponse.Journal(
        spec=item.spec,
        mod_revision=item.mod_revision,
        create_revision=item.create_revision,
        route=route_message(keyspace, route_of(assigned)),
    )

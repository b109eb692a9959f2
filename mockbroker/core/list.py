"""List: the journals a selector matches, once or at every change.

Modelled: pages, watches (a snapshot whenever the number of matches or their greatest
mod-revision changed, closed by an empty response), `watch_resume`, claims as a filter.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import protocol as pb
from mockbroker.core.actions import Receive, Script, Send, Wait
from mockbroker.core.allocator import route_of
from mockbroker.core.keyspace import Item, KeySpace
from mockbroker.core.requests import checked
from mockbroker.core.resolver import route_message
from protocol.auth import Capability
from protocol.labels import fold_prefix, matches

if TYPE_CHECKING:
    from mockbroker.core.broker import Broker

_EMPTY_HEADER = pb.Header(process_id=pb.ProcessSpec.ID(), route=pb.Route(), etcd=pb.Header.Etcd())
_DELIMITER = pb.ListResponse(header=_EMPTY_HEADER)


def serve(broker: "Broker", authorization: str | None) -> Script:
    """Serves one List call."""
    access = broker.access(authorization, Capability.LIST)
    request = checked(broker, (yield Receive()))
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
                yield Send(_DELIMITER)
        if not request.watch:
            return


def _matching(keyspace: KeySpace, *selectors: pb.LabelSelector) -> Iterator[Item]:
    wanted = [each for each in selectors if each.include.labels or each.exclude.labels]
    for item in _candidates(keyspace, selectors[0]):
        if all(matches(selector, item.labels) for selector in wanted):
            yield item


def _candidates(keyspace: KeySpace, selector: pb.LabelSelector) -> Iterable[Item]:
    """All journals that may match: those named, where only whole names will do."""
    names = [label for label in selector.include.labels if label.name == "name"]
    if not names or any(label.prefix or not label.value for label in names):
        return keyspace.journals()
    found = {label.value for label in names} & keyspace.items.keys()
    return [keyspace.items[name] for name in sorted(found)]


def _pages(broker: "Broker", found: list[Item]) -> Iterator[pb.ListResponse]:
    """The snapshot in messages, all of one revision; only the first has a header."""
    size = broker.settings.limits.journals
    journals = [_entry(broker.keyspace, item) for item in found]
    yield pb.ListResponse(header=broker.header(), journals=journals[:size])
    for begin in range(size, len(journals), size):
        yield pb.ListResponse(header=_EMPTY_HEADER, journals=journals[begin : begin + size])


def _entry(keyspace: KeySpace, item: Item) -> pb.ListResponse.Journal:
    assigned = keyspace.assignments.get(item.key, ())
    return pb.ListResponse.Journal(
        spec=item.spec,
        mod_revision=item.mod_revision,
        create_revision=item.create_revision,
        route=route_message(keyspace, route_of(assigned)),
    )

"""Lies about what a watch tells after its first snapshot."""

from typing import Any

import protocol as pb
from mockbroker.core.actions import Send, Wait
from mockbroker.lies.lie import Seen, lie
from protocol.labels import matches

SERVE = "mockbroker.core.list:serve"
MATCHING = "mockbroker.core.list:_matching"


def _is_update(message: Any, seen: Seen) -> bool:
    """Whether a message of a watch belongs to a snapshot behind the first one."""
    first = seen.state.setdefault("first", True)
    if first and seen.call.sent and not message.header.etcd.revision and not message.journals:
        seen.state["first"] = False
    return seen.first.watch and not first


@lie("watch.announces-gained-match", replaces=MATCHING)
def gained_matches_are_not_announced(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """A journal that comes to match by an update of its labels is not shown."""
    for item in honest(keyspace, *selectors):
        first = _FIRST_LABELS.get((item.key, item.create_revision), item.labels)
        if matches(selectors[0], first):
            yield item
    for item in keyspace.journals():
        _FIRST_LABELS.setdefault((item.key, item.create_revision), item.labels)


_FIRST_LABELS: dict[tuple[str, int], Any] = {}


def _watching(honest: Any, broker: Any, authorization: Any, told: Any) -> Any:
    """List as it is, but for actions that `told` changes or drops by their number of snapshot."""
    script, value, snapshot = honest(broker, authorization), None, 0
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            return
        changed = told(action, snapshot)
        if isinstance(action, Send) and not action.message.header.etcd.revision:
            snapshot += not action.message.journals
        if changed is False:
            return
        value = (yield changed) if changed is not None else None


@lie("watch.announces-deletion", replaces=SERVE)
def watches_end_when_nothing_matches(honest: Any, broker: Any, authorization: Any) -> Any:
    """A watch ends after a snapshot without journals."""

    def told(action: Any, snapshot: int) -> Any:
        ends = isinstance(action, Wait) and snapshot and last["empty"]
        if isinstance(action, Send) and action.message.header.etcd.revision:
            last["empty"] = not action.message.journals and snapshot > 0
        return False if ends else action

    last = {"empty": False}
    return _watching(honest, broker, authorization, told)


@lie("watch.announces-creation", replaces=SERVE)
def updates_list_the_newest_last(honest: Any, broker: Any, authorization: Any) -> Any:
    """Later snapshots of a watch list journals in the order of their creation."""

    def told(action: Any, snapshot: int) -> Any:
        if snapshot and isinstance(action, Send):
            entries = sorted(action.message.journals, key=lambda each: each.create_revision)
            return Send(pb.ListResponse(header=action.message.header, journals=entries))
        return action

    return _watching(honest, broker, authorization, told)


@lie("watch.announces-creation", "watch.announces-deletion", replaces=SERVE)
def updates_come_without_delimiter(honest: Any, broker: Any, authorization: Any) -> Any:
    """Only the first snapshot of a watch ends in a delimiter."""

    def told(action: Any, snapshot: int) -> Any:
        bare = isinstance(action, Send) and not action.message.header.etcd.revision
        return None if snapshot and bare and not action.message.journals else action

    return _watching(honest, broker, authorization, told)


@lie("watch.announces-identical-put", "watch.announces-creation", replaces=SERVE)
def second_updates_are_the_last(honest: Any, broker: Any, authorization: Any) -> Any:
    """A watch says nothing after its third snapshot."""
    return _watching(
        honest,
        broker,
        authorization,
        lambda action, snapshot: None if snapshot > 2 and isinstance(action, Send) else action,
    )


@lie("watch.silent-on-other-journals", "watch.announces-creation", replaces=MATCHING)
def updates_ignore_what_is_excluded(honest: Any, keyspace: Any, asked: Any, *rest: Any) -> Any:
    """Later snapshots of a watch show what its selector excludes."""
    if any(each is asked for each in _ASKED):
        asked = pb.LabelSelector(include=asked.include)
    _ASKED.append(asked)
    return honest(keyspace, asked, *rest)


_ASKED: list[Any] = []
"""Selectors of calls that have looked once."""


@lie("watch.resume-at-current-waits", replaces=SERVE)
def resumed_watches_are_announced_once(honest: Any, broker: Any, authorization: Any) -> Any:
    """A watch that resumes sends one snapshot and no more."""
    script, value, resumed, done = honest(broker, authorization), None, False, False
    while True:
        try:
            action = script.send(value)
        except StopIteration:
            return
        if isinstance(action, Send):
            if done:
                value = None
                continue
            done = resumed and not action.message.header.etcd.revision
        value = yield action
        resumed = resumed or (isinstance(value, pb.ListRequest) and value.HasField("watch_resume"))


@lie("watch.final-state-is-delivered", replaces="mockbroker.core.etcd:Mirror._take_due")
def only_the_newest_watch_is_woken(honest: Any, mirror: Any) -> Any:
    """Where several watches are open, only the last one learns of changes."""
    listeners = mirror.keyspace.changed._listeners
    kept = dict(listeners)
    for each in list(listeners)[:-1]:
        del listeners[each]
    try:
        return honest(mirror)
    finally:
        listeners.update(kept)


@lie("watch.announces-creation", answers="List")
def updates_do_not_name_the_broker(message: Any, seen: Seen) -> None:
    """The headers of later snapshots have no process id."""
    if _is_update(message, seen):
        message.header.process_id.Clear()


@lie("watch.announces-suspension", answers="List")
def updates_show_the_first_spec(message: Any, seen: Seen) -> None:
    """Later snapshots of a watch show specs as the first one did."""
    specs = seen.state.setdefault("specs", {})
    later = _is_update(message, seen)
    for each in message.journals:
        first = specs.setdefault(each.spec.name, pb.JournalSpec.FromString(_bytes(each.spec)))
        if later:
            each.spec.CopyFrom(first)


def _bytes(message: Any) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded

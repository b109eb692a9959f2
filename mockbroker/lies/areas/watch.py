"""Lies about List where it watches."""

import dataclasses
import itertools
from typing import Any

import protocol as pb
from mockbroker.lies.lie import Seen, lie


def _delimits(message: Any) -> bool:
    return not message.journals and not message.header.etcd.revision


@lie("watch.snapshot-then-delimiter", answers="List")
def snapshots_have_no_delimiter(message: Any, _seen: Seen) -> Any:
    """No empty message ends a snapshot."""
    return [] if _delimits(message) else None


@lie("watch.empty-snapshot-has-a-header", answers="List")
def empty_snapshots_have_no_delimiter(message: Any, seen: Seen) -> Any:
    """A snapshot without journals is not ended by an empty message."""
    empty = seen.state.get("empty", False)
    seen.state["empty"] = not message.journals
    return [] if _delimits(message) and empty else None


@lie("watch.empty-snapshot-has-a-header", answers="List")
def empty_snapshots_have_no_header(message: Any, seen: Seen) -> None:
    """A snapshot without journals has no header."""
    if seen.first.watch and not message.journals:
        message.ClearField("header")


@lie("watch.snapshot-then-delimiter", answers="List")
def delimiters_have_a_header(message: Any, _seen: Seen) -> None:
    """The empty message that ends a snapshot has a header."""
    if _delimits(message):
        message.header.etcd.revision = 1


@lie("watch.pages-end-in-one-delimiter", answers="List")
def every_message_of_a_watch_is_delimited(message: Any, seen: Seen) -> Any:
    """Each message of a snapshot is followed by a delimiter."""
    if seen.first.watch and message.journals and not message.header.etcd.revision:
        return [pb.ListResponse(), message]
    return None


@lie("watch.announces-creation", "watch.announces-deletion", replaces="mockbroker.core.list:serve")
def a_watch_ends_after_its_first_snapshot(honest: Any, *arguments: Any) -> Any:
    """A watch ends OK when its first snapshot is complete."""
    script = honest(*arguments)
    request = yield next(script)
    action = script.send(request)
    while True:
        yield action
        if request.watch and hasattr(action, "message") and _delimits(action.message):
            return
        try:
            action = script.send(None)
        except StopIteration:
            return


def _hides(condition: Any) -> Any:
    """A lie that drops the snapshots, with their delimiters, for which `condition` holds."""

    def answer(message: Any, seen: Seen) -> Any:
        state = seen.state
        state.setdefault("names", None)
        if not seen.first.watch:
            return None
        if not _delimits(message):
            fresh = {each.spec.name: each for each in message.journals}
            state["hidden"] = state["names"] is not None and condition(state["names"], fresh)
            state["names"] = {name: _copy(each) for name, each in fresh.items()}
        return [] if state.get("hidden") else None

    return answer


def _copy(message: Any) -> Any:
    return type(message).FromString(message.SerializeToString())


@lie("watch.announces-deletion", answers="List")
def deletions_are_not_announced(message: Any, seen: Seen) -> Any:
    """A watch says nothing when a matching journal is deleted."""
    return _hides(lambda old, new: len(new) < len(old))(message, seen)


@lie("watch.announces-creation", answers="List")
def creations_are_not_announced(message: Any, seen: Seen) -> Any:
    """A watch says nothing when a matching journal is created."""
    return _hides(lambda old, new: len(new) > len(old))(message, seen)


@lie("watch.announces-swap-once", answers="List")
def swaps_are_not_announced(message: Any, seen: Seen) -> Any:
    """A watch says nothing when one request deletes a match and creates another."""
    return _hides(lambda old, new: len(old) == len(new) and set(old) != set(new))(message, seen)


@lie("watch.announces-identical-put", answers="List")
def identical_puts_are_not_announced(message: Any, seen: Seen) -> Any:
    """A watch says nothing when a journal is applied again as it is."""
    return _hides(lambda old, new: _told(old) == _told(new))(message, seen)


def _told(journals: dict[str, Any]) -> dict[str, Any]:
    return {name: (str(e.spec.labels), e.spec.suspend.level) for name, e in journals.items()}


@lie("watch.announces-suspension", answers="List")
def suspensions_are_not_announced(message: Any, seen: Seen) -> Any:
    """A watch says nothing when a journal is suspended."""
    return _hides(
        lambda old, new: any(
            e.spec.suspend.level and n in old and not old[n].spec.suspend.level
            for n, e in new.items()
        )
    )(message, seen)


@lie("watch.announces-lost-match", answers="List")
def lost_matches_stay_in_snapshots(message: Any, seen: Seen) -> None:
    """A journal that no longer matches is still shown, as it was."""
    if seen.first.watch and not _delimits(message):
        kept = seen.state
        shown = {each.spec.name for each in message.journals}
        message.journals.extend(each for name, each in kept.items() if name not in shown)
        kept.update({each.spec.name: _copy(each) for each in message.journals})


@lie("watch.silent-on-other-journals", replaces="mockbroker.core.list:_matching")
def any_change_wakes_a_watch(honest: Any, keyspace: Any, *selectors: Any) -> Any:
    """A watch sends a snapshot after every change of any journal."""
    for item in honest(keyspace, *selectors):
        yield dataclasses.replace(item, mod_revision=keyspace.revision)


@lie("watch.revisions-increase", answers="List")
def snapshots_repeat_their_revision(message: Any, seen: Seen) -> None:
    """All snapshots of a watch have the revision of the first one."""
    if seen.first.watch and message.header.etcd.revision:
        message.header.etcd.revision = seen.state.setdefault(
            "revision", message.header.etcd.revision
        )


@lie("watch.announces-creation", answers="List")
def later_snapshots_hold_changes_only(message: Any, seen: Seen) -> None:
    """After the first one a snapshot holds only the journals that changed."""
    if seen.first.watch and not _delimits(message):
        known = seen.state
        fresh = [
            each for each in message.journals if known.get(each.spec.name) != each.mod_revision
        ]
        known.update({each.spec.name: each.mod_revision for each in message.journals})
        copies = [_copy(each) for each in fresh]
        del message.journals[:]
        message.journals.extend(copies)


@lie("watch.announces-creation", answers="List")
def later_snapshots_have_no_header(message: Any, seen: Seen) -> None:
    """Only the first snapshot of a watch has a header."""
    if seen.first.watch and seen.call.sent:
        message.ClearField("header")


@lie("watch.resume-at-current-waits", requests="List")
def watches_do_not_resume(message: Any, _seen: Seen) -> None:
    """The header that a watch resumes from is ignored."""
    if message.watch:
        message.ClearField("watch_resume")


@lie("watch.resume-at-current-waits", requests="List")
def watches_resume_one_revision_early(message: Any, _seen: Seen) -> None:
    """A watch sends its snapshot when the revision it resumes from is reached, not passed."""
    if message.watch and message.HasField("watch_resume"):
        message.watch_resume.etcd.revision -= 1


@lie("watch.resume-at-older-is-immediate", requests="List")
def resumed_watches_wait_for_a_change(message: Any, _seen: Seen) -> None:
    """A watch that resumes in the past waits for the next change all the same."""
    if message.watch and message.HasField("watch_resume"):
        message.watch_resume.etcd.revision += 6


@lie("watch.resume-header-is-not-validated", requests="List")
def resume_headers_are_validated(message: Any, _seen: Seen) -> None:
    """A watch that resumes from a header which is not whole is never answered."""
    if message.HasField("watch_resume") and not message.watch_resume.etcd.member_id:
        message.watch_resume.etcd.revision = 1 << 40


@lie(
    "watch.final-state-is-delivered",
    "watch.announces-creation",
    "watch.announces-identical-put",
    "watch.announces-deletion",
    replaces="mockbroker.core.signal:Signal.fire",
)
def every_other_wake_up_is_lost(honest: Any, signal: Any) -> Any:
    """Of two events for which a call waits, only one wakes it."""
    return honest(signal) if next(_FIRED) % 2 else None


_FIRED = itertools.count()

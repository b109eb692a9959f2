"""Signals and locks."""

from mockbroker.core.signal import Lock, Signal


def test_a_signal_wakes_who_listens_in_order() -> None:
    """Listeners are woken in the order they came, until they are forgotten."""
    woken: list[str] = []
    signal = Signal()
    first, second = (lambda: woken.append("a")), (lambda: woken.append("b"))
    signal.listen(first)
    signal.listen(second)
    signal.fire()
    signal.forget(first)
    signal.forget(first)
    signal.fire()
    assert woken == ["a", "b", "b"]


def test_a_listener_may_leave_while_it_is_woken() -> None:
    """A listener that forgets itself disturbs no other."""
    woken: list[str] = []
    signal = Signal()

    def once() -> None:
        woken.append("once")
        signal.forget(once)

    signal.listen(once)
    signal.listen(lambda: woken.append("other"))
    signal.fire()
    assert woken == ["once", "other"]


def test_a_lock_is_granted_in_order() -> None:
    """The first asks and has it; the others get it in turn, leavers excepted."""
    lock = Lock()
    first, second, third = lock.queue(), lock.queue(), lock.queue()
    assert [each.granted for each in (first, second, third)] == [True, False, False]
    lock.release(second)
    lock.release(first)
    assert third.granted
    lock.release(third)
    lock.release(third)
    assert not lock.held

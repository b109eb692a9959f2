"""Journals: their names, what their flags permit, and algebra over specifications."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from protocol import labels
from protocol.text import nanoseconds
from protocol.validate.enums import signed_flags
from protocol.wire.messages import JournalSpec, LabelSet

if TYPE_CHECKING:
    from protocol.specs import from_yaml, to_yaml

__all__ = [
    "UNLIMITED",
    "desired_replication",
    "from_yaml",
    "intersect",
    "may_read",
    "may_write",
    "split_meta",
    "strip_meta",
    "subtract",
    "to_yaml",
    "union",
]

UNLIMITED = (1 << 31) - 1
"""The greatest limit of replication, which is none."""

_FIELDS = ("replication", "flags", "max_append_rate")
_FRAGMENT_FIELDS = (
    "length",
    "compression_codec",
    "stores",
    "refresh_interval",
    "retention",
    "flush_interval",
    "path_postfix_template",
)
_DURATIONS = frozenset(("refresh_interval", "retention", "flush_interval"))


def split_meta(journal: str) -> tuple[str, str]:
    """Returns the name of `journal` and its metadata with the `;`, or empty."""
    name, separator, metadata = journal.partition(";")
    return name, separator + metadata


def strip_meta(journal: str) -> str:
    """Returns the name of `journal`, without metadata."""
    return split_meta(journal)[0]


def may_read(flags: int) -> bool:
    """Tells whether a journal of `flags` may be read."""
    flag = JournalSpec.Flag
    return signed_flags(flags) in {flag.NOT_SPECIFIED, flag.O_RDONLY, flag.O_RDWR}


def may_write(flags: int) -> bool:
    """Tells whether a journal of `flags` may be appended to."""
    flag = JournalSpec.Flag
    return signed_flags(flags) in {flag.NOT_SPECIFIED, flag.O_WRONLY, flag.O_RDWR}


def desired_replication(spec: JournalSpec, max_replication: int = UNLIMITED) -> int:
    """Returns how many brokers `spec` wants, of at most `max_replication`.

    A partial suspension wants one, a full one none.
    """
    wanted = {
        JournalSpec.Suspend.PARTIAL: 1,
        JournalSpec.Suspend.FULL: 0,
    }.get(spec.suspend.level, spec.replication)
    return min(wanted, max_replication)


def union(a: JournalSpec, b: JournalSpec) -> JournalSpec:
    """Returns `a`, with each setting it leaves unset taken from `b`."""
    result = _copy(a, labels.union(a.labels, b.labels))
    for target, source, name in _settings(result, b):
        if not _value(target, name):
            _assign(target, source, name)
    return result


def intersect(a: JournalSpec, b: JournalSpec) -> JournalSpec:
    """Returns `a` with only the settings that are the same in `b`, and no suspension."""
    result = _kept(a, b, labels.intersect, equal=True)
    result.ClearField("suspend")
    return result


def subtract(a: JournalSpec, b: JournalSpec) -> JournalSpec:
    """Returns `a` without the settings that are the same in `b`; suspension stays."""
    return _kept(a, b, labels.subtract, equal=False)


def _kept(
    a: JournalSpec,
    b: JournalSpec,
    join: Callable[[LabelSet, LabelSet], LabelSet],
    *,
    equal: bool,
) -> JournalSpec:
    result = _copy(a, join(a.labels, b.labels))
    for target, source, name in _settings(result, b):
        if (_value(target, name) == _value(source, name)) is not equal:
            target.ClearField(name)
    return result


def _copy(spec: JournalSpec, with_labels: LabelSet) -> JournalSpec:
    result = JournalSpec()
    result.CopyFrom(spec)
    result.labels.CopyFrom(with_labels)
    return result


def _settings(a: JournalSpec, b: JournalSpec) -> Iterator[tuple[Any, Any, str]]:
    """Yields the messages of `a` and `b` that have a setting, and its name, for each."""
    for name in _FIELDS:
        yield a, b, name
    for name in _FRAGMENT_FIELDS:
        yield a.fragment, b.fragment, name


def _value(message: Any, name: str) -> Any:
    value = getattr(message, name)
    return nanoseconds(value) if name in _DURATIONS else value


def _assign(target: Any, source: Any, name: str) -> None:
    value = getattr(source, name)
    if name == "stores":
        target.stores.extend(value)
    elif name in _DURATIONS:
        getattr(target, name).CopyFrom(value)
    else:
        setattr(target, name, value)


def __getattr__(name: str) -> Any:
    """Returns what is of `protocol.specs`, which is imported with YAML when it is first used."""
    if name not in {"from_yaml", "to_yaml"}:
        raise AttributeError(f"module 'protocol.journals' has no attribute {name!r}")
    from protocol import specs  # noqa: PLC0415 - importing YAML is slow, and few need it

    return getattr(specs, name)

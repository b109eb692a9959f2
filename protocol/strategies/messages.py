"""Strategies of valid messages."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from protocol.strategies import values
from protocol.wire import messages as pb

Strategy = SearchStrategy[Any]

TEMPLATES = ("", "plain", 'date={{ .Spool.FirstAppendTime.Format "2006-01-02" }}')


def built(
    kind: type[Message], optional: Mapping[str, Strategy] | None = None, /, **fields: Strategy
) -> Strategy:
    """Messages of `kind`, with `fields`, and any of those that are `optional`."""
    mandatory: Mapping[str, Strategy] = fields
    given = st.fixed_dictionaries(mandatory, optional=optional or {})
    return given.map(lambda values: kind(**values))


def put(base: Strategy, **fields: Strategy) -> Strategy:
    """Messages of `base`, whose `fields` are replaced; by None to leave one unset."""

    def replace(pair: tuple[Message, dict[str, Any]]) -> Message:
        message = type(pair[0])()
        message.CopyFrom(pair[0])
        for name, value in pair[1].items():
            message.ClearField(name)
            if value is not None:
                message.MergeFrom(type(message)(**{name: value}))
                _mark(message, name)
        return message

    return st.tuples(base, st.fixed_dictionaries(fields)).map(replace)


def _mark(message: Message, name: str) -> None:
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.message_type is not None and not field.is_repeated:
        getattr(message, name).SetInParent()


def duration(nanos: int) -> pb.Duration:
    """Returns a duration of `nanos` nanoseconds."""
    made = pb.Duration()
    made.FromNanoseconds(nanos)
    return made


def durations(low: int, high: int) -> Strategy:
    """Durations of `low` to `high` nanoseconds."""
    return st.integers(low, high).map(duration)


LABEL_NAMES = values.sized(values.TOKEN, 2, 64)
LABEL_VALUES = values.sized(values.PATH + "/", 1, 1024)
LABELS = built(pb.Label, name=LABEL_NAMES, value=LABEL_VALUES | st.just(""))


def label_set_of(labels: Mapping[str, Iterable[str]]) -> pb.LabelSet:
    """Returns the sorted set of labels, given the values of each name."""
    return pb.LabelSet(
        labels=[
            pb.Label(name=name, value=value)
            for name in sorted(labels)
            for value in sorted(labels[name])
        ]
    )


_LABELS_BY_NAME = st.dictionaries(
    LABEL_NAMES,
    st.just([""]) | st.lists(LABEL_VALUES, min_size=1, max_size=3, unique=True),
    max_size=3,
)
LABEL_SETS = _LABELS_BY_NAME.map(label_set_of)


def _flagged(pair: tuple[pb.LabelSet, list[bool]]) -> pb.LabelSet:
    labels = [
        pb.Label(name=label.name, value=label.value, prefix=flag)
        for label, flag in zip(pair[0].labels, pair[1], strict=False)
    ]
    return pb.LabelSet(labels=labels)


_SELECTED = st.tuples(LABEL_SETS, st.lists(st.booleans(), min_size=9, max_size=9)).map(_flagged)
SELECTORS = built(pb.LabelSelector, include=_SELECTED, exclude=_SELECTED)
_MESSAGE_LABELS = st.sampled_from(
    [
        {},
        {"content-type": ["text/plain"]},
        {"content-type": ["a/b"], "app.gazette.dev/message-type": ["T"]},
        {
            "content-type": ["application/x-ndjson"],
            "app.gazette.dev/message-type": ["T"],
            "app.gazette.dev/message-subtype": ["S"],
        },
        {"app.gazette.dev/region": ["r"], "app.gazette.dev/tag": ["a", "b"]},
    ]
)
SPEC_LABELS = st.tuples(_LABELS_BY_NAME, _MESSAGE_LABELS).map(
    lambda pair: label_set_of({**pair[0], **pair[1]})
)

PROCESS_IDS = built(
    pb.ProcessSpec.ID,
    zone=values.sized(values.TOKEN, 1, 32),
    suffix=values.sized(values.TOKEN, 4, 128),
)
PROCESS_SPECS = built(pb.ProcessSpec, id=PROCESS_IDS, endpoint=values.valid_endpoint())
BROKER_SPECS = built(
    pb.BrokerSpec, process_spec=PROCESS_SPECS, journal_limit=st.integers(0, 1 << 17)
)
MEMBERS = st.lists(
    PROCESS_IDS, max_size=3, unique_by=lambda member: (member.zone, member.suffix)
).map(lambda members: sorted(members, key=lambda member: (member.zone, member.suffix)))


def _routes_of(members: list[Any]) -> Strategy:
    size = len(members)
    endpoint = st.just("") | values.valid_endpoint()
    return built(
        pb.Route,
        members=st.just(members),
        primary=st.integers(-1, size - 1),
        endpoints=st.just([]) | st.lists(endpoint, min_size=size, max_size=size),
    )


ROUTES = MEMBERS.flatmap(_routes_of)
ETCD = built(
    pb.Header.Etcd,
    cluster_id=st.integers(1, (1 << 64) - 1),
    member_id=st.integers(1, (1 << 64) - 1),
    revision=values.upwards(1),
    raft_term=st.integers(1, (1 << 64) - 1),
)
HEADERS = built(
    pb.Header, process_id=PROCESS_IDS | st.just(pb.ProcessSpec.ID()), route=ROUTES, etcd=ETCD
)
CODECS = st.integers(1, 5)
SUMS = built(
    pb.SHA1Sum,
    part1=st.integers(0, (1 << 64) - 1),
    part2=st.integers(0, (1 << 64) - 1),
    part3=st.integers(0, (1 << 32) - 1),
)
_FRAGMENT_FIELDS: dict[str, Strategy] = {
    "journal": values.valid_journal(),
    "sum": SUMS,
    "compression_codec": CODECS,
    "backing_store": st.just("") | values.valid_store(),
    "mod_time": st.integers(*values.INT64),
    "path_postfix": st.just("") | values.valid_path(),
}
FULL_FRAGMENTS = built(
    pb.Fragment,
    **_FRAGMENT_FIELDS,
    begin=st.integers(0, 1 << 40),
    end=st.integers(1 << 41, 1 << 61),
)
"""Fragments that hold bytes, of which byte 2^41 - 1 is one."""
INSIDE = (1 << 41) - 1
FRAGMENTS = FULL_FRAGMENTS | built(
    pb.Fragment, **_FRAGMENT_FIELDS, begin=values.below(1), end=values.upwards(0)
)

_SECOND = 10**9
_DAY = 24 * 3600 * _SECOND
SPEC_FRAGMENTS = built(
    pb.JournalSpec.Fragment,
    length=st.integers(1 << 10, 1 << 34),
    compression_codec=st.integers(1, 4),
    stores=st.lists(values.valid_store(), max_size=2),
    refresh_interval=durations(_SECOND, _DAY),
    retention=durations(*values.INT64),
    flush_interval=st.just(pb.Duration()) | durations(60 * _SECOND, values.INT64[1]),
    path_postfix_template=st.sampled_from(TEMPLATES),
)
SUSPENSIONS = built(pb.JournalSpec.Suspend, level=st.integers(0, 2), offset=values.upwards(0))
JOURNAL_SPECS = built(
    pb.JournalSpec,
    {"suspend": SUSPENSIONS},
    name=values.valid_name(),
    replication=st.integers(1, 5),
    labels=SPEC_LABELS,
    fragment=SPEC_FRAGMENTS,
    flags=st.sampled_from([0, 1, 2, 4]),
    max_append_rate=values.upwards(0),
)

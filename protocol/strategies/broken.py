"""Strategies of messages that break one rule: the parts of which requests are made."""

from hypothesis import strategies as st

from protocol.strategies import messages as m
from protocol.strategies import values
from protocol.strategies.messages import Strategy, put
from protocol.wire import messages as pb

Broken = dict[str, Strategy]
"""By each rule of a message, the messages that break it and no other."""


def any_of(broken: Broken) -> Strategy:
    """Messages that break any one rule of a message."""
    return st.one_of(list(broken.values()))


def texts(rules: tuple[str, str], low: int, high: int, name: str, base: Strategy) -> Broken:
    """Messages whose token `name` breaks the rules about its length and its characters."""
    return {
        rules[0]: put(base, **{name: values.unsized(low, high)}),
        rules[1]: put(base, **{name: values.strange(low, high)}),
    }


LABEL: Broken = {
    **texts(("VAL-LABEL-01", "VAL-LABEL-02"), 2, 64, "name", m.LABELS),
    "VAL-LABEL-03": put(m.LABELS, value=st.just("a" * 1025)),
    "VAL-LABEL-04": put(m.LABELS, value=values.strange(0, 1024)),
    "VAL-LABEL-05": put(m.LABELS, prefix=st.just(True)),
}
_TWO_NAMES = st.lists(m.LABEL_NAMES, min_size=2, max_size=2, unique=True).map(sorted)
_TWO_VALUES = st.lists(m.LABEL_VALUES, min_size=2, max_size=2).map(sorted)


def _pair(names: list[str], held: list[str]) -> pb.LabelSet:
    pairs = zip(names, held, strict=True)
    return pb.LabelSet(labels=[pb.Label(name=name, value=value) for name, value in pairs])


_DESCENDING_NAMES = st.tuples(_TWO_NAMES, _TWO_VALUES).map(lambda p: _pair(p[0][::-1], p[1]))
_DESCENDING_VALUES = st.tuples(m.LABEL_NAMES, _TWO_VALUES).map(
    lambda p: _pair([p[0]] * 2, p[1][::-1])
)
_EMPTY_AND_OTHER = st.tuples(m.LABEL_NAMES, m.LABEL_VALUES).map(
    lambda p: _pair([p[0]] * 2, ["", p[1]])
)
LABEL_SET: Broken = {
    "VAL-LABELSET-01": any_of(LABEL).map(lambda label: pb.LabelSet(labels=[label])),
    "VAL-LABELSET-02": _DESCENDING_NAMES,
    "VAL-LABELSET-03": _DESCENDING_VALUES,
    "VAL-LABELSET-04": _EMPTY_AND_OTHER,
}
_BROKEN_WITHIN_SELECTOR = st.one_of(
    any_of({rule: broken for rule, broken in LABEL.items() if rule != "VAL-LABEL-05"}).map(
        lambda label: pb.LabelSet(labels=[label])
    ),
    _DESCENDING_NAMES,
    _DESCENDING_VALUES,
    _EMPTY_AND_OTHER,
)
SELECTOR: Broken = {
    "VAL-SELECTOR-01": put(m.SELECTORS, include=_BROKEN_WITHIN_SELECTOR),
    "VAL-SELECTOR-02": put(m.SELECTORS, exclude=_BROKEN_WITHIN_SELECTOR),
}

PROCESS_ID: Broken = {
    **texts(("VAL-PROCESSID-01", "VAL-PROCESSID-02"), 1, 32, "zone", m.PROCESS_IDS),
    **texts(("VAL-PROCESSID-03", "VAL-PROCESSID-04"), 4, 128, "suffix", m.PROCESS_IDS),
}
PROCESS_SPEC: Broken = {
    "VAL-PROCESSSPEC-01": put(m.PROCESS_SPECS, id=any_of(PROCESS_ID)),
    "VAL-PROCESSSPEC-02": put(m.PROCESS_SPECS, endpoint=values.broken_endpoint()),
}
BROKER_SPEC: Broken = {
    "VAL-BROKERSPEC-01": put(m.BROKER_SPECS, process_spec=any_of(PROCESS_SPEC)),
    "VAL-BROKERSPEC-02": put(
        m.BROKER_SPECS, journal_limit=st.integers((1 << 17) + 1, (1 << 32) - 1)
    ),
}

_TWO_MEMBERS = st.just([pb.ProcessSpec.ID(zone=zone, suffix="broker") for zone in "ab"])
_ROUTE_OF_TWO = m.built(pb.Route, members=_TWO_MEMBERS, primary=st.integers(-1, 1))
ROUTE: Broken = {
    "VAL-ROUTE-01": put(m.ROUTES, members=any_of(PROCESS_ID).map(lambda member: [member])),
    "VAL-ROUTE-02": put(
        _ROUTE_OF_TWO,
        members=_TWO_MEMBERS.map(lambda pair: pair[::-1]) | _TWO_MEMBERS.map(lambda p: [p[0]] * 2),
    ),
    "VAL-ROUTE-03": put(_ROUTE_OF_TWO, primary=values.other_numbers(-1, 1)),
    "VAL-ROUTE-04": put(_ROUTE_OF_TWO, endpoints=st.sampled_from([[""], [""] * 3])),
    "VAL-ROUTE-05": put(
        _ROUTE_OF_TWO, endpoints=values.broken_endpoint().filter(bool).map(lambda text: ["", text])
    ),
}
ETCD: Broken = {
    "VAL-ETCD-01": put(m.ETCD, cluster_id=st.just(0)),
    "VAL-ETCD-02": put(m.ETCD, member_id=st.just(0)),
    "VAL-ETCD-03": put(m.ETCD, revision=values.below(1)),
    "VAL-ETCD-04": put(m.ETCD, raft_term=st.just(0)),
}
HEADER: Broken = {
    "VAL-HEADER-01": put(
        m.HEADERS, process_id=any_of(PROCESS_ID).filter(lambda i: i.zone or i.suffix)
    ),
    "VAL-HEADER-02": put(m.HEADERS, route=any_of(ROUTE)),
    "VAL-HEADER-03": put(m.HEADERS, etcd=any_of(ETCD)),
}

NOT_CODECS = values.other_numbers(1, 5)
FRAGMENT: Broken = {
    "VAL-FRAGMENT-01": put(m.FRAGMENTS, journal=values.broken_journal()),
    "VAL-FRAGMENT-02": put(m.FRAGMENTS, begin=values.upwards(1), end=values.below(1)),
    "VAL-FRAGMENT-03": put(m.FRAGMENTS, compression_codec=NOT_CODECS),
    "VAL-FRAGMENT-04": put(m.FRAGMENTS, path_postfix=values.broken_path(0, 512)),
}

_SECOND = 10**9
_DAY = 24 * 3600 * _SECOND
_LOW, _HIGH = values.INT64
_OUT_OF_REFRESH = m.durations(_LOW, _SECOND - 1) | m.durations(_DAY + 1, _HIGH)
_OUT_OF_FLUSH = m.durations(_LOW, -1) | m.durations(1, 60 * _SECOND - 1)
_OFFLOADED_FILES = {
    "compression_codec": st.just(pb.CompressionCodec.GZIP_OFFLOAD_DECOMPRESSION),
    "stores": st.lists(values.valid_store(), max_size=1).map(lambda rest: ["file:///", *rest]),
}
SPEC_FRAGMENT: Broken = {
    "VAL-SPECFRAGMENT-01": put(
        m.SPEC_FRAGMENTS, length=values.below(1 << 10) | values.upwards((1 << 34) + 1)
    ),
    "VAL-SPECFRAGMENT-02": put(m.SPEC_FRAGMENTS, compression_codec=NOT_CODECS),
    "VAL-SPECFRAGMENT-03": put(
        m.SPEC_FRAGMENTS, stores=values.broken_store().map(lambda store: ["file:///", store])
    ),
    "VAL-SPECFRAGMENT-04": put(m.SPEC_FRAGMENTS, **_OFFLOADED_FILES),
    "VAL-SPECFRAGMENT-05": put(m.SPEC_FRAGMENTS, refresh_interval=_OUT_OF_REFRESH),
    "VAL-SPECFRAGMENT-06": put(m.SPEC_FRAGMENTS, flush_interval=_OUT_OF_FLUSH),
    "VAL-SPECFRAGMENT-07": put(
        m.SPEC_FRAGMENTS,
        path_postfix_template=st.sampled_from(["{{ .Spool", "{{ if true }}x", "{{ upper .Name }}"]),
    ),
    "VAL-SPECFRAGMENT-08": put(
        m.SPEC_FRAGMENTS,
        path_postfix_template=st.sampled_from(["{{ .Missing }}", "a={{ .Spool.ContentName }}"]),
    ),
}
SUSPENSION: Broken = {
    "VAL-SUSPEND-01": put(m.SUSPENSIONS, level=values.other_numbers(0, 2)),
    "VAL-SUSPEND-02": put(m.SUSPENSIONS, offset=values.below(0)),
}


def _labels(**labels: list[str]) -> Strategy:
    """Journal specifications that have just `labels`, with `_` for `-` in their names."""
    prefix = {"message_type": "app.gazette.dev/", "message_subtype": "app.gazette.dev/"}
    named = {prefix.get(n, "") + n.replace("_", "-"): held for n, held in labels.items()}
    return put(m.JOURNAL_SPECS, labels=st.just(m.label_set_of(named)))


JOURNAL_SPEC: Broken = {
    "VAL-JOURNALSPEC-01": put(m.JOURNAL_SPECS, name=values.broken_journal()),
    "VAL-JOURNALSPEC-02": put(
        m.JOURNAL_SPECS, name=values.valid_name().map(lambda name: f"{name};meta")
    ),
    "VAL-JOURNALSPEC-03": put(m.JOURNAL_SPECS, replication=values.other_numbers(1, 5)),
    "VAL-JOURNALSPEC-04": put(m.JOURNAL_SPECS, labels=any_of(LABEL_SET)),
    "VAL-JOURNALSPEC-05": _labels(name=["x"]),
    "VAL-JOURNALSPEC-06": _labels(prefix=["x/"]),
    "VAL-JOURNALSPEC-07": _labels(content_type=["a/b", "c/d"]),
    "VAL-JOURNALSPEC-08": st.sampled_from(["", "/b", "a/", "a/b/c", "a=b", "a/é"]).flatmap(
        lambda value: _labels(content_type=[value])
    ),
    "VAL-JOURNALSPEC-09": _labels(message_type=["T"]),
    "VAL-JOURNALSPEC-10": _labels(message_subtype=["S"], content_type=["a/b"]),
    "VAL-JOURNALSPEC-11": put(m.JOURNAL_SPECS, fragment=any_of(SPEC_FRAGMENT)),
    "VAL-JOURNALSPEC-12": put(
        m.JOURNAL_SPECS,
        flags=st.integers(5, (1 << 32) - 1) | st.just(3),
    ),
    "VAL-JOURNALSPEC-13": put(m.JOURNAL_SPECS, max_append_rate=values.below(0)),
    "VAL-JOURNALSPEC-14": put(m.JOURNAL_SPECS, suspend=any_of(SUSPENSION)),
}

"""Strategies of requests and responses that break one rule."""

from hypothesis import strategies as st

from protocol.strategies import broken as b
from protocol.strategies import messages as m
from protocol.strategies import rpcs, values
from protocol.strategies.broken import Broken, any_of
from protocol.strategies.messages import Strategy, put
from protocol.wire import messages as pb

HEADERS = any_of(b.HEADER)
JOURNALS = values.broken_journal()
LABEL_SETS = any_of(b.LABEL_SET)
FRAGMENTS = any_of(b.FRAGMENT)
UNKNOWN = values.status(known=False)
NEGATIVE = values.below(0)


def _answered(stem: str, base: Strategy) -> Broken:
    """Responses of `base` without a known status, or without a valid header."""
    return {
        f"VAL-{stem}-01": put(base, status=UNKNOWN),
        f"VAL-{stem}-02": put(base, header=HEADERS),
    }


READ_REQUEST: Broken = {
    "VAL-READREQ-01": put(rpcs.READ_REQUESTS, header=HEADERS),
    "VAL-READREQ-02": put(rpcs.READ_REQUESTS, journal=JOURNALS),
    "VAL-READREQ-03": put(rpcs.READ_REQUESTS, offset=values.below(-1)),
    "VAL-READREQ-04": put(
        rpcs.READ_REQUESTS, offset=values.upwards(1 << 40), end_offset=st.integers(1, (1 << 40) - 1)
    )
    | put(rpcs.READ_REQUESTS, end_offset=NEGATIVE),
}
READ_RESPONSE: Broken = {
    "VAL-READRESP-01": put(rpcs.READ_RESPONSES, status=UNKNOWN),
    "VAL-READRESP-02": put(rpcs.CONTENT_RESPONSES, status=values.status(pb.Status.OK)),
    "VAL-READRESP-03": put(rpcs.CONTENT_RESPONSES, header=m.HEADERS),
    "VAL-READRESP-04": put(rpcs.CONTENT_RESPONSES, write_head=NEGATIVE | values.upwards(1)),
    "VAL-READRESP-05": put(rpcs.CONTENT_RESPONSES, fragment=m.FRAGMENTS),
    "VAL-READRESP-06": put(rpcs.CONTENT_RESPONSES, fragment_url=st.just("http://host/path")),
    "VAL-READRESP-07": put(rpcs.FRAGMENT_RESPONSES | rpcs.BARE_RESPONSES, header=HEADERS),
    "VAL-READRESP-08": put(rpcs.FRAGMENT_RESPONSES | rpcs.BARE_RESPONSES, write_head=NEGATIVE),
    "VAL-READRESP-09": put(rpcs.FRAGMENT_RESPONSES, fragment=FRAGMENTS),
    "VAL-READRESP-10": put(
        rpcs.FRAGMENT_RESPONSES, offset=NEGATIVE | values.upwards((1 << 61) + 1)
    ),
    "VAL-READRESP-11": put(rpcs.FRAGMENT_RESPONSES, write_head=st.integers(0, 1 << 40)),
    "VAL-READRESP-12": put(rpcs.FRAGMENT_RESPONSES, fragment_url=values.BROKEN_URLS),
    "VAL-READRESP-13": put(
        rpcs.BARE_RESPONSES, status=st.just(pb.Status.OK), offset=NEGATIVE | values.upwards(1)
    ),
    "VAL-READRESP-14": put(rpcs.BARE_RESPONSES, fragment_url=st.just("http://host/path")),
}

_FIRST, _LATER = rpcs.FIRST_APPENDS, rpcs.LATER_APPENDS
APPEND_REQUEST: Broken = {
    "VAL-APPENDREQ-01": put(_FIRST, header=HEADERS),
    "VAL-APPENDREQ-02": put(_FIRST, journal=JOURNALS.filter(bool)),
    "VAL-APPENDREQ-03": put(_FIRST, offset=NEGATIVE),
    "VAL-APPENDREQ-04": put(_FIRST, content=st.binary(min_size=1, max_size=8)),
    "VAL-APPENDREQ-05": put(_FIRST, check_registers=any_of(b.SELECTOR)),
    "VAL-APPENDREQ-06": put(_FIRST, union_registers=LABEL_SETS),
    "VAL-APPENDREQ-07": put(_FIRST, subtract_registers=LABEL_SETS),
    "VAL-APPENDREQ-08": put(_FIRST, suspend=values.other_numbers(0, 4)),
    "VAL-APPENDREQ-09": put(_LATER, header=m.HEADERS),
    "VAL-APPENDREQ-10": put(_LATER, do_not_proxy=st.just(True)),
    "VAL-APPENDREQ-11": put(_LATER, offset=NEGATIVE | values.upwards(1)),
    "VAL-APPENDREQ-12": put(_LATER, check_registers=m.SELECTORS),
    "VAL-APPENDREQ-13": put(_LATER, union_registers=m.LABEL_SETS),
    "VAL-APPENDREQ-14": put(_LATER, subtract_registers=m.LABEL_SETS),
    "VAL-APPENDREQ-15": put(_LATER, suspend=values.other_numbers(0, 0)),
}
_APPENDED = rpcs.OK_APPEND_RESPONSES
APPEND_RESPONSE: Broken = {
    **_answered("APPENDRESP", rpcs.APPEND_RESPONSES),
    "VAL-APPENDRESP-03": put(_APPENDED, commit=st.none()),
    "VAL-APPENDRESP-04": put(
        _APPENDED,
        status=st.sampled_from([pb.Status.OK, pb.Status.REGISTER_MISMATCH]),
        registers=st.none(),
    ),
    "VAL-APPENDRESP-05": put(rpcs.APPEND_RESPONSES, commit=FRAGMENTS),
    "VAL-APPENDRESP-06": put(rpcs.APPEND_RESPONSES, registers=LABEL_SETS),
}

_CONTENT = rpcs.REPLICATED_CONTENT
REPLICATE_REQUEST: Broken = {
    "VAL-REPLREQ-01": put(rpcs.PROPOSALS, header=HEADERS),
    "VAL-REPLREQ-02": put(rpcs.PROPOSALS_WITH_HEADER, acknowledge=st.just(False)),
    "VAL-REPLREQ-03": put(rpcs.PROPOSALS, proposal=FRAGMENTS),
    "VAL-REPLREQ-05": put(rpcs.PROPOSALS, registers=LABEL_SETS),
    "VAL-REPLREQ-06": put(rpcs.PROPOSALS, content=rpcs.CONTENT),
    "VAL-REPLREQ-07": put(rpcs.PROPOSALS, content_delta=NEGATIVE | values.upwards(1)),
    "VAL-REPLREQ-08": put(rpcs.PROPOSALS, deprecated_journal=st.just("another/journal/altogether")),
    "VAL-REPLREQ-09": put(_CONTENT, content=st.none()),
    "VAL-REPLREQ-10": put(_CONTENT, content_delta=NEGATIVE),
    "VAL-REPLREQ-11": put(_CONTENT, header=m.HEADERS),
    "VAL-REPLREQ-12": put(_CONTENT, registers=m.LABEL_SETS),
    "VAL-REPLREQ-13": put(_CONTENT, acknowledge=st.just(True)),
    "VAL-REPLREQ-14": put(_CONTENT, deprecated_journal=values.valid_journal()),
}
_MISMATCH = rpcs.MISMATCHES
REPLICATE_RESPONSE: Broken = {
    "VAL-REPLRESP-01": put(rpcs.BARE_REPLIES, status=UNKNOWN),
    "VAL-REPLRESP-02": put(rpcs.WRONG_ROUTES, header=st.none()),
    "VAL-REPLRESP-03": put(rpcs.WRONG_ROUTES, header=HEADERS),
    "VAL-REPLRESP-04": put(_MISMATCH | rpcs.BARE_REPLIES, header=m.HEADERS),
    "VAL-REPLRESP-05": put(_MISMATCH, fragment=st.none()),
    "VAL-REPLRESP-06": put(_MISMATCH, fragment=FRAGMENTS),
    "VAL-REPLRESP-07": put(_MISMATCH, registers=st.none()),
    "VAL-REPLRESP-08": put(_MISMATCH, registers=LABEL_SETS),
    "VAL-REPLRESP-09": put(rpcs.WRONG_ROUTES | rpcs.BARE_REPLIES, fragment=m.FRAGMENTS),
    "VAL-REPLRESP-10": put(rpcs.WRONG_ROUTES | rpcs.BARE_REPLIES, registers=m.LABEL_SETS),
}


def _prefixed(side: str) -> Strategy:
    """Requests that select by a prefix on `side` that does not end in a slash."""
    labels = st.sampled_from(["", "a", "a/b"]).map(
        lambda value: m.label_set_of({"prefix": [value]})
    )
    selector = labels.map(lambda held: pb.LabelSelector(**{side: held}))
    return put(rpcs.LIST_REQUESTS, selector=selector)


LIST_REQUEST: Broken = {
    "VAL-LISTREQ-01": put(rpcs.LIST_REQUESTS, selector=any_of(b.SELECTOR)),
    "VAL-LISTREQ-02": _prefixed("include"),
    "VAL-LISTREQ-03": _prefixed("exclude"),
}
LISTED_JOURNAL: Broken = {
    "VAL-LISTRESPJOURNAL-01": put(rpcs.LISTED_JOURNALS, spec=any_of(b.JOURNAL_SPEC)),
    "VAL-LISTRESPJOURNAL-02": put(rpcs.LISTED_JOURNALS, mod_revision=values.below(1)),
    "VAL-LISTRESPJOURNAL-03": put(rpcs.LISTED_JOURNALS, route=any_of(b.ROUTE)),
}
LIST_RESPONSE: Broken = {
    **_answered("LISTRESP", rpcs.LIST_RESPONSES),
    "VAL-LISTRESP-03": put(
        rpcs.LIST_RESPONSES, journals=any_of(LISTED_JOURNAL).map(lambda journal: [journal])
    ),
}

CHANGE: Broken = {
    "VAL-CHANGE-01": put(rpcs.UPSERTS, delete=values.valid_journal()),
    "VAL-CHANGE-02": put(rpcs.UPSERTS, upsert=any_of(b.JOURNAL_SPEC)),
    "VAL-CHANGE-03": put(rpcs.UPSERTS, expect_mod_revision=values.below(-1)),
    "VAL-CHANGE-04": put(rpcs.DELETIONS, delete=JOURNALS.filter(bool)),
    "VAL-CHANGE-05": put(rpcs.DELETIONS, expect_mod_revision=values.below(-1) | st.just(0)),
    "VAL-CHANGE-06": put(rpcs.DELETIONS, delete=st.just("")),
}
APPLY_REQUEST: Broken = {
    "VAL-APPLYREQ-01": st.tuples(st.lists(rpcs.CHANGES, max_size=1), any_of(CHANGE)).map(
        lambda pair: pb.ApplyRequest(changes=[*pair[0], pair[1]])
    ),
}
APPLY_RESPONSE: Broken = _answered("APPLYRESP", rpcs.APPLY_RESPONSES)

_LISTING = rpcs.FRAGMENTS_REQUESTS
FRAGMENTS_REQUEST: Broken = {
    "VAL-FRAGSREQ-01": put(_LISTING, header=HEADERS),
    "VAL-FRAGSREQ-02": put(_LISTING, journal=JOURNALS),
    "VAL-FRAGSREQ-03": put(_LISTING, begin_mod_time=st.just(10), end_mod_time=st.integers(1, 9))
    | put(_LISTING, end_mod_time=NEGATIVE),
    "VAL-FRAGSREQ-04": put(_LISTING, next_page_token=NEGATIVE),
    "VAL-FRAGSREQ-05": put(_LISTING, page_limit=values.other_numbers(0, 10000)),
    "VAL-FRAGSREQ-06": put(_LISTING, signatureTTL=m.durations(values.INT64[0], 0)),
}
LISTED_FRAGMENT: Broken = {
    "VAL-FRAGSRESPFRAG-01": put(rpcs.LISTED_FRAGMENTS, spec=FRAGMENTS),
    "VAL-FRAGSRESPFRAG-02": put(rpcs.LISTED_FRAGMENTS, signed_url=values.BROKEN_URLS),
}
FRAGMENTS_RESPONSE: Broken = {
    **_answered("FRAGSRESP", rpcs.FRAGMENTS_RESPONSES),
    "VAL-FRAGSRESP-03": put(
        rpcs.FRAGMENTS_RESPONSES, fragments=any_of(LISTED_FRAGMENT).map(lambda one: [one])
    ),
}

HEALTH_REQUEST: Broken = {
    "VAL-HEALTHREQ-01": put(rpcs.HEALTH_REQUESTS, fragment_store=values.broken_store()),
}
_CHECKED = put(rpcs.HEALTH_REQUESTS, check_delete=st.just(True))
NEWEST_HEALTH_REQUEST: Broken = {
    **HEALTH_REQUEST,
    "VAL-HEALTHREQ-02": put(rpcs.HEALTH_REQUESTS, check_delete_prefix=st.just("a/")),
    "VAL-HEALTHREQ-03": put(_CHECKED, check_delete_prefix=values.valid_path()),
    "VAL-HEALTHREQ-04": put(_CHECKED, check_delete_prefix=st.sampled_from(["../", "../a/"])),
    "VAL-HEALTHREQ-05": put(
        _CHECKED, check_delete_prefix=values.strange(1, 100).map(lambda path: f"{path}/")
    ),
}
HEALTH_RESPONSE: Broken = _answered("HEALTHRESP", rpcs.HEALTH_RESPONSES)

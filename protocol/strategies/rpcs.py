"""Strategies of valid requests and responses, by their shape where it matters."""

from hypothesis import strategies as st

from protocol.strategies import values
from protocol.strategies.messages import (
    FRAGMENTS,
    FULL_FRAGMENTS,
    HEADERS,
    INSIDE,
    JOURNAL_SPECS,
    LABEL_NAMES,
    LABEL_SETS,
    ROUTES,
    SELECTORS,
    built,
    durations,
)
from protocol.wire import messages as pb

CONTENT = st.binary(max_size=32)
STATUSES = values.status()

READ_REQUESTS = built(
    pb.ReadRequest,
    {"header": HEADERS},
    journal=values.valid_journal(),
    offset=st.integers(-1, 1 << 40),
    block=st.booleans(),
    do_not_proxy=st.booleans(),
    metadata_only=st.booleans(),
    end_offset=st.just(0) | values.upwards(1 << 40),
    begin_mod_time=st.integers(*values.INT64),
)
CONTENT_RESPONSES = built(pb.ReadResponse, offset=st.integers(*values.INT64), content=CONTENT)
FRAGMENT_RESPONSES = built(
    pb.ReadResponse,
    {"header": HEADERS, "fragment_url": st.sampled_from(["http://host/path", "relative", "a%20b"])},
    status=STATUSES,
    offset=st.just(INSIDE),
    write_head=values.upwards(1 << 61),
    fragment=FULL_FRAGMENTS,
)
BARE_RESPONSES = built(
    pb.ReadResponse, {"header": HEADERS}, status=STATUSES, write_head=values.upwards(0)
)
READ_RESPONSES = CONTENT_RESPONSES | FRAGMENT_RESPONSES | BARE_RESPONSES

FIRST_APPENDS = built(
    pb.AppendRequest,
    {
        "header": HEADERS,
        "check_registers": SELECTORS,
        "union_registers": LABEL_SETS,
        "subtract_registers": LABEL_SETS,
    },
    journal=values.valid_journal(),
    do_not_proxy=st.booleans(),
    offset=values.upwards(0),
    suspend=st.integers(0, 3),
)
LATER_APPENDS = built(pb.AppendRequest, content=CONTENT)
APPEND_REQUESTS = FIRST_APPENDS | LATER_APPENDS
OK_APPEND_RESPONSES = built(
    pb.AppendResponse,
    header=HEADERS,
    commit=FRAGMENTS,
    registers=LABEL_SETS,
    total_chunks=st.integers(*values.INT64),
    delayed_chunks=st.integers(*values.INT64),
)
APPEND_RESPONSES = OK_APPEND_RESPONSES | built(
    pb.AppendResponse,
    {"commit": FRAGMENTS, "registers": LABEL_SETS, "store_health_error": LABEL_NAMES},
    status=values.status(pb.Status.OK, pb.Status.REGISTER_MISMATCH),
    header=HEADERS,
)

_PROPOSAL = {"proposal": FRAGMENTS, "acknowledge": st.just(True)}
PROPOSALS = built(pb.ReplicateRequest, {"header": HEADERS, "registers": LABEL_SETS}, **_PROPOSAL)
PROPOSALS_WITH_HEADER = built(pb.ReplicateRequest, header=HEADERS, **_PROPOSAL)
REPLICATED_CONTENT = built(pb.ReplicateRequest, content=CONTENT, content_delta=values.upwards(0))
REPLICATE_REQUESTS = PROPOSALS | REPLICATED_CONTENT
WRONG_ROUTES = built(pb.ReplicateResponse, status=st.just(pb.Status.WRONG_ROUTE), header=HEADERS)
MISMATCHES = built(
    pb.ReplicateResponse,
    status=st.just(pb.Status.PROPOSAL_MISMATCH),
    fragment=FRAGMENTS,
    registers=LABEL_SETS,
)
BARE_REPLIES = built(
    pb.ReplicateResponse,
    status=values.status(pb.Status.WRONG_ROUTE, pb.Status.PROPOSAL_MISMATCH),
)
REPLICATE_RESPONSES = WRONG_ROUTES | MISMATCHES | BARE_REPLIES

LIST_REQUESTS = built(
    pb.ListRequest, {"watch_resume": HEADERS}, selector=SELECTORS, watch=st.booleans()
)
LISTED_JOURNALS = built(
    pb.ListResponse.Journal,
    spec=JOURNAL_SPECS,
    mod_revision=values.upwards(1),
    route=ROUTES,
    create_revision=st.integers(*values.INT64),
)
LIST_RESPONSES = built(
    pb.ListResponse,
    status=STATUSES,
    header=HEADERS,
    journals=st.lists(LISTED_JOURNALS, max_size=2),
)

UPSERTS = built(
    pb.ApplyRequest.Change, upsert=JOURNAL_SPECS, expect_mod_revision=values.upwards(-1)
)
DELETIONS = built(
    pb.ApplyRequest.Change,
    delete=values.valid_journal(),
    expect_mod_revision=st.just(-1) | values.upwards(1),
)
CHANGES = UPSERTS | DELETIONS
APPLY_REQUESTS = built(pb.ApplyRequest, changes=st.lists(CHANGES, max_size=2))
APPLY_RESPONSES = built(pb.ApplyResponse, status=STATUSES, header=HEADERS)

FRAGMENTS_REQUESTS = built(
    pb.FragmentsRequest,
    {"header": HEADERS, "signatureTTL": durations(1, values.INT64[1])},
    journal=values.valid_journal(),
    begin_mod_time=st.integers(0, 1 << 40),
    end_mod_time=st.just(0) | values.upwards(1 << 40),
    next_page_token=values.upwards(0),
    page_limit=st.integers(0, 10000),
    do_not_proxy=st.booleans(),
)
LISTED_FRAGMENTS = built(
    pb.FragmentsResponse._Fragment,  # noqa: SLF001 - so the message is called
    spec=FRAGMENTS,
    signed_url=st.sampled_from(["", "http://host/path?q", "relative"]),
)
FRAGMENTS_RESPONSES = built(
    pb.FragmentsResponse,
    status=STATUSES,
    header=HEADERS,
    fragments=st.lists(LISTED_FRAGMENTS, max_size=2),
    next_page_token=st.integers(*values.INT64),
)

HEALTH_REQUESTS = built(pb.FragmentStoreHealthRequest, fragment_store=values.valid_store())
HEALTH_RESPONSES = built(
    pb.FragmentStoreHealthResponse,
    {"store_health_error": LABEL_NAMES},
    status=STATUSES,
    header=HEADERS,
)

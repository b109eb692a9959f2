"""A valid message per RPC that changes nothing at the broker, so that any case may be sent."""

import protocol as pb

MISSING = "conformance/raw/no-such-journal"
"""A journal that nobody makes."""

REQUESTS = {
    "List": pb.ListRequest(selector={"include": {"labels": [{"name": "name", "value": MISSING}]}}),
    "Apply": pb.ApplyRequest(),
    "Read": pb.ReadRequest(journal=MISSING),
    "Append": pb.AppendRequest(journal=MISSING),
    "Replicate": pb.ReplicateRequest(
        proposal={"journal": MISSING, "compression_codec": "NONE"}, acknowledge=True
    ),
    "ListFragments": pb.FragmentsRequest(journal=MISSING),
    "FragmentStoreHealth": pb.FragmentStoreHealthRequest(fragment_store="file:///"),
}
CODES = {**dict.fromkeys(REQUESTS, 0), "Replicate": 2}
"""How each ends, as a gRPC code: a Replicate without a header is refused with UNKNOWN."""

"""Transport: what holds for every RPC, whatever it asks."""

import http.client
import ssl
from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import Broker
from conformance.checks import (
    assert_equal,
    assert_refused,
    assert_status,
    assert_true,
    unchanged,
)
from conformance.journal import selector
from conformance.target import Target, serves_http
from conformance.validity import assert_valid
from conformance.workspace import Workspace
from protocol.wire.service import METHODS

MIB = 1 << 20
FRAMING = 5
"""Bytes that a message has besides its content, where that is of megabytes."""
ABSENT = "conformance/transport/no-such-journal"
"""A journal that nobody makes."""
SHORT = 1.0
"""Seconds of deadline for calls that are to reach it."""
LOOKS = 3
"""How often a read may end well at its deadline: where a broker's timer is first, it does."""

REQUESTS = {
    "List": protocol.ListRequest(selector=selector({"name": ABSENT})),
    "Apply": protocol.ApplyRequest(),
    "Read": protocol.ReadRequest(journal=ABSENT),
    "Append": protocol.AppendRequest(journal=ABSENT),
    "Replicate": protocol.ReplicateRequest(),
    "ListFragments": protocol.FragmentsRequest(journal=ABSENT),
    "FragmentStoreHealth": protocol.FragmentStoreHealthRequest(fragment_store="file:///"),
}
INVALID = {
    "List": (
        protocol.ListRequest(selector={"include": {"labels": [{"name": "x"}]}}),
        "Selector.Include.Labels[0].Name",
    ),
    "Apply": (protocol.ApplyRequest(changes=[{}]), "Changes[0]"),
    "Read": (protocol.ReadRequest(journal="/a/journal"), "Journal"),
    "Append": (protocol.AppendRequest(journal="/a/journal"), "Journal"),
    "Replicate": (protocol.ReplicateRequest(), "Proposal"),
    "ListFragments": (protocol.FragmentsRequest(journal="/a/journal"), "Journal"),
    "FragmentStoreHealth": (
        protocol.FragmentStoreHealthRequest(fragment_store="a/b/"),
        "FragmentStore",
    ),
}
IN_BAND = ("Read", "Append", "ListFragments")
"""RPCs that tell of a journal that does not exist."""


@requirement("transport.serves-every-rpc")
@pytest.mark.parametrize("rpc", METHODS)
def test_every_rpc_is_implemented(broker: Broker, rpc: str) -> None:
    """No method of the service is answered with UNIMPLEMENTED."""
    answer = broker.call(rpc, REQUESTS[rpc])
    assert_true(answer.code != "UNIMPLEMENTED", f"{rpc} to be implemented", answer)


@requirement("transport.invalid-request-is-an-rpc-error")
@pytest.mark.parametrize("rpc", INVALID)
def test_an_invalid_request_ends_in_an_error(broker: Broker, rpc: str) -> None:
    """The error names the field; a request that is right is not refused so."""
    request, path = INVALID[rpc]
    assert_refused(broker.call(rpc, request), path)
    if rpc != "Replicate":
        assert_equal(broker.call(rpc, REQUESTS[rpc]).code, "OK", f"the code of a right {rpc}")


@requirement("transport.invalid-request-code-is-unknown")
@pytest.mark.parametrize("rpc", INVALID)
def test_the_code_of_an_invalid_request_is_unknown(broker: Broker, rpc: str) -> None:
    """The code is UNKNOWN, whichever the RPC."""
    assert_equal(broker.call(rpc, INVALID[rpc][0]).code, "UNKNOWN", f"the code of {rpc}")


@requirement("transport.refusal-is-in-band", "transport.refusal-is-the-only-message")
@pytest.mark.parametrize("rpc", IN_BAND)
def test_a_refusal_by_state_is_a_status(broker: Broker, rpc: str) -> None:
    """A missing journal is told by one message under gRPC OK."""
    message = assert_status(broker.call(rpc, REQUESTS[rpc]), "JOURNAL_NOT_FOUND")
    assert_equal(len(broker.call(rpc, REQUESTS[rpc]).messages), 1, "messages of the refusal")
    assert_true(message.header.etcd.revision > 0, "a header", message)


@requirement("transport.accepts-messages-below-4mib")
def test_a_message_below_the_limit_is_taken(workspace: Workspace) -> None:
    """A chunk whose message is of 4 MiB is committed whole."""
    journal = workspace.journal()
    chunk = bytes(4 * MIB - FRAMING)
    assert_equal(protocol.AppendRequest(content=chunk).ByteSize(), 4 * MIB, "bytes of the message")
    assert_status(journal.append(chunk), "OK")
    assert_equal(journal.head(), len(chunk), "the write head")


@requirement("transport.refuses-messages-above-4mib")
@pytest.mark.parametrize("size", [4 * MIB - FRAMING + 1, 4 * MIB, 8 * MIB])
def test_a_message_above_the_limit_is_refused(workspace: Workspace, size: int) -> None:
    """A chunk whose message is of a byte more than 4 MiB is refused, and nothing is committed."""
    journal = workspace.journal()
    with unchanged(journal):
        assert_refused(journal.append(b"a", bytes(size)), code="RESOURCE_EXHAUSTED")
    assert_status(journal.append(b"a"), "OK")


@requirement("transport.refuses-messages-above-4mib")
def test_the_limit_is_not_of_appends_only(broker: Broker) -> None:
    """Other requests of more than 4 MiB are refused for their size before they are looked at."""
    name = "x" * (4 * MIB + 1)
    requests = {
        "List": protocol.ListRequest(selector=selector({"name": name})),
        "Apply": protocol.ApplyRequest(changes=[{"delete": name}]),
    }
    for rpc, request in requests.items():
        assert_refused(broker.call(rpc, request), code="RESOURCE_EXHAUSTED")


@requirement("transport.undecodable-request-is-internal")
@pytest.mark.parametrize("rpc", METHODS)
def test_bytes_that_are_no_message_end_internal(broker: Broker, rpc: str) -> None:
    """A field that is cut short ends the call with INTERNAL."""
    assert_equal(broker.call(rpc, b"\x0a\x7f").code, "INTERNAL", f"the code of {rpc}")


@requirement("transport.ignores-unknown-fields")
@pytest.mark.parametrize("rpc", IN_BAND)
def test_unknown_fields_change_nothing(broker: Broker, rpc: str) -> None:
    """A request with a field of number 2047 is answered as without it."""
    plain = REQUESTS[rpc].SerializeToString()
    answers = [broker.call(rpc, wire) for wire in (plain, plain + b"\xf8\x7f\x01")]
    statuses = [protocol.Status.Name(answer.first.status) for answer in answers]
    assert_equal(statuses[1], statuses[0], "the status with an unknown field")


@requirement("transport.ignores-unknown-fields")
def test_unknown_fields_of_content_change_nothing(workspace: Workspace) -> None:
    """An append of which every message has a field of number 2047 commits all its content."""
    journal = workspace.journal()
    messages = [*journal.append_requests(b"abc", b"def"), protocol.AppendRequest()]
    wires = [each.SerializeToString() + b"\xf8\x7f\x01" for each in messages]
    assert_status(journal.broker.call("Append", *wires), "OK")
    assert_equal(journal.content(), b"abcdef", "content")


@requirement("transport.unknown-method-is-unimplemented")
def test_an_unknown_method_is_unimplemented(target: Target) -> None:
    """A method that the service lacks ends with UNIMPLEMENTED."""
    answer = target.broker.call("/protocol.Journal/Nope", b"", token="")
    assert_equal(answer.code, "UNIMPLEMENTED", "the code of an unknown method")


@requirement("transport.accepts-gzip-messages")
def test_gzip_messages_are_taken(broker: Broker) -> None:
    """A request compressed by gzip is served."""
    answer = broker.call("ListFragments", REQUESTS["ListFragments"], compression="Gzip")
    assert_status(answer, "JOURNAL_NOT_FOUND")


@requirement("transport.refuses-unknown-message-encoding")
def test_deflate_is_refused(broker: Broker) -> None:
    """A request compressed by deflate ends with UNIMPLEMENTED."""
    request = protocol.FragmentsRequest(journal=f"{ABSENT}-{'x' * 400}")
    answer = broker.call("ListFragments", request, compression="Deflate")
    assert_equal(answer.code, "UNIMPLEMENTED", "the code")


@requirement("transport.deadline-ends-a-waiting-call")
def test_a_deadline_ends_a_blocked_read(workspace: Workspace) -> None:
    """A read that blocks ends at its deadline, and the journal serves on."""
    journal = workspace.journal()
    request = journal.read_request(0, block=True)
    for _ in range(LOOKS):
        answer = workspace.broker.call("Read", request, timeout=SHORT)
        if answer.code != "OK":
            break
    assert_equal(answer.code, "DEADLINE_EXCEEDED", "the code of the blocked read")
    assert_status(journal.append(b"abc"), "OK")
    assert_equal(journal.content(), b"abc", "content")


@requirement("transport.cancelled-append-changes-nothing")
def test_a_cancelled_append_changes_nothing(workspace: Workspace) -> None:
    """Content of an append that is cancelled before its commit is never seen."""
    journal = workspace.journal()
    journal.append(b"abc").ok()
    with unchanged(journal), journal.open_append(b"never") as stream:
        stream.silent(0.1)
    assert_status(journal.append(b"def"), "OK")
    assert_equal(journal.content(), b"abcdef", "content")


@requirement("transport.cancelled-stream-is-released")
@pytest.mark.parametrize("rpc", ["Read", "List"])
def test_cancelled_streams_are_released(workspace: Workspace, rpc: str) -> None:
    """Fifty streams that are opened and cancelled leave the broker in service."""
    journal = workspace.journal()
    request = {
        "Read": journal.read_request(0, block=True),
        "List": protocol.ListRequest(selector=selector({"prefix": workspace.prefix}), watch=True),
    }[rpc]
    for _ in range(50):
        with workspace.broker.open(rpc, request) as stream:
            stream.half_close()
    assert_status(journal.append(b"abc"), "OK")


@requirement("transport.one-port-serves-grpc-and-http")
def test_the_port_of_grpc_answers_http(broker: Broker) -> None:
    """A plain HTTP/1.1 request to the gRPC port is answered."""
    assert_true(serves_http(broker.address), "the port to answer HTTP/1.1", "no such answer")


@requirement("transport.tls-offers-http1-and-h2")
@pytest.mark.parametrize("protocol_name", ["h2", "http/1.1"])
def test_tls_agrees_on_either_protocol(target: Target, protocol_name: str) -> None:
    """A client that offers one of the two protocols gets it."""
    host, _, port = target.broker.address.rpartition(":")
    context = ssl.create_default_context(cafile=target.spec.tls_ca)
    context.set_alpn_protocols([protocol_name])
    if target.spec.tls_cert:
        context.load_cert_chain(target.spec.tls_cert, target.spec.tls_key)
    connection = http.client.HTTPSConnection(host, int(port), timeout=5.0, context=context)
    connection.connect()
    agreed = connection.sock.selected_alpn_protocol()
    connection.close()
    assert_equal(agreed, protocol_name, "the protocol agreed on")


@requirement("transport.stalled-reader-blocks-nobody")
def test_a_reader_that_stops_slows_no_append(workspace: Workspace) -> None:
    """While a reader takes nothing appends go on, and the reader later gets every byte."""
    journal = workspace.journal()
    for _ in range(8):
        journal.append(bytes(MIB)).ok()
    request = journal.read_request(0, end_offset=18 * MIB, block=True)
    channel: Any = workspace.broker.channel  # a reader that takes nothing is made by hand
    opener = channel.unary_stream(
        METHODS["Read"].path,
        request_serializer=protocol.ReadRequest.SerializeToString,
        response_deserializer=protocol.ReadResponse.FromString,
    )
    call = opener(request, timeout=60.0, metadata=workspace.broker.authorization("Read"))
    next(call)
    for _ in range(10):
        assert_status(journal.append(bytes(MIB)), "OK")
    assert_equal(sum(len(message.content) for message in call), 18 * MIB, "bytes the reader got")


@requirement("transport.empty-submessages-equal-absent")
@pytest.mark.parametrize("rpc", ["List", "Apply", "Append", "ListFragments", "FragmentStoreHealth"])
def test_responses_carry_a_valid_header(broker: Broker, rpc: str) -> None:
    """The first message of every response has a header that validates."""
    header = broker.call(rpc, REQUESTS[rpc]).first.header
    assert_valid(header)
    assert_true(header.process_id.suffix, "the responder's process id", header)


@requirement("transport.route-without-members-needs-minus-one")
def test_an_empty_route_has_primary_minus_one(workspace: Workspace) -> None:
    """Primary 0 of no members is refused; -1 is taken."""
    journal = workspace.journal()
    header = journal.read(-1).first.header
    header.route.Clear()
    answer = journal.read(0, header=header)
    assert_refused(
        answer,
        "Header.Route",
        "Primary",
        text="Header.Route: invalid Primary (0; expected -1 <= Primary < 0)",
    )
    header.route.primary = -1
    assert_status(journal.read(0, header=header), "OFFSET_NOT_YET_AVAILABLE")


HEALTH_CHECK = "/grpc.health.v1.Health/Check"


@requirement("transport.health-service-is-optional")
def test_the_health_service_may_be_missing(broker: Broker) -> None:
    """Asked for its health by the usual service, the broker serves or tells that it has none."""
    answer = broker.call(HEALTH_CHECK, b"", token="")
    assert_true(answer.code in {"OK", "UNIMPLEMENTED"}, "OK or UNIMPLEMENTED", answer.code)

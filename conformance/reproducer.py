"""Scripts that stand alone and make the calls of a failed test once more."""

import json
import re
import shlex
import zlib
from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from conformance.trace import MESSAGES, Call
from protocol.wire.service import METHODS, SERVICE

CALLS = 6
"""Calls that a script makes at most, so that it can be read at a glance."""
LARGEST = 8192
"""Characters of a call's requests above which there is no script: nobody would read it."""
RUN = "@RUN@/"
UNARY = ("List", "Apply", "Read", "ListFragments", "FragmentStoreHealth")
NOT_COMPARED = ("", "CANCELLED")
VARYING = r"\b(\w*(revision|mod_time|url|_id|term|zone|suffix|endpoints): )\S+"
"""What of an answer differs from run to run; that it is there does not."""

_SCRIPT = '''\
"""{requirement}: {sentence}

Expected {expected}; got {got}.
Run it as python FILE [HOST:PORT [TOKEN]]; it ends 1 where the broker still answers as it did.
{grpcurl}"""
import json, re, sys, time, zlib
import grpc
from google.protobuf.json_format import ParseDict
from protocol.wire.service import METHODS

TARGET = sys.argv[1] if len(sys.argv) > 1 else {target!r}
TOKEN = [("authorization", f"Bearer {{token}}") for token in sys.argv[2:3]]
RUN = f"conformance/reproducer-{{time.time_ns()}}/"
VARYING = re.compile({varying!r})
CALLS = [  # the RPC, its requests, and a checksum of how it ended, where that is compared
{calls}
]
channel, same = grpc.insecure_channel(TARGET), True
for rpc, requests, recorded in CALLS:
    method = METHODS[rpc]
    given = json.loads(requests.replace({run!r}, RUN))
    messages = [ParseDict(each, method.request()) for each in given]
    kinds = method.request.SerializeToString, method.response.FromString
    stub, answers = channel.stream_stream(method.path, *kinds), []
    call = stub(iter(messages), timeout=10 if recorded else 2, metadata=TOKEN)
    try:
        answers.extend(map(str, call))
    except grpc.RpcError:
        pass  # the code tells
    told = "".join([call.code().name, call.details() or "", *answers]).replace(RUN, {run!r})
    print(rpc, told)
    same &= recorded in (None, zlib.crc32(VARYING.sub(r"\\1", told).encode()))
    time.sleep(1 if rpc == "Apply" else 0)  # brokers are being assigned
sys.exit(1 if same else 0)
'''


def script(failure: dict[str, Any], calls: Sequence[Call], run_prefix: str) -> str:
    """A script that makes `calls` again, below another prefix than `run_prefix`.

    It is "" where the calls cannot be told in one: too large, or not made of messages.
    """
    chosen = _chosen([call for call in calls if call.raw])
    try:
        lines = [_line(call, run_prefix) for call in chosen]
    except (DecodeError, TypeError):
        return ""
    if not lines or max(map(len, lines)) > LARGEST:
        return ""
    told = {key: _plain(failure[key]) for key in ("requirement", "sentence", "expected", "got")}
    grpcurl = command(chosen[-1], run_prefix)
    return _SCRIPT.format(
        **told,
        target=chosen[-1].target,
        calls="\n".join(lines),
        run=RUN,
        varying=VARYING,
        grpcurl=_plain(grpcurl, len(grpcurl)) + "\n" if grpcurl else "",
    )


def command(call: Call, run_prefix: str) -> str:
    """The grpcurl line of a call with a single request, or ""."""
    if call.rpc not in UNARY or len(call.raw) != 1:
        return ""
    requests = json.dumps(_requests(call, run_prefix)[0]).replace(RUN, "conformance/")
    proto = "-import-path protocol/wire -proto protocol.proto"
    words = f"-d {shlex.quote(requests)} {call.target} {SERVICE}/{call.rpc}"
    return f"grpcurl -plaintext {proto} {words}"


def _chosen(calls: Sequence[Call]) -> list[Call]:
    """The last calls, and all those that made the journals they are about."""
    if len(calls) <= CALLS:
        return list(calls)
    making = [call for call in calls[:-1] if call.rpc == "Apply"][: CALLS - 1]
    rest = [call for call in calls if call not in making]
    last = rest[-(CALLS - len(making)) :]
    return [call for call in calls if call in making or call in last]


def _line(call: Call, run_prefix: str) -> str:
    requests = json.dumps(_requests(call, run_prefix))
    return f"    ({call.rpc!r}, {requests!r}, {_checksum(call, run_prefix)}),"


def _checksum(call: Call, run_prefix: str) -> int | None:
    if call.code in NOT_COMPARED or len(call.answers) == MESSAGES:
        return None
    told = "".join([call.code, call.details, *map(str, call.answers)]).replace(run_prefix, RUN)
    return zlib.crc32(re.sub(VARYING, r"\1", told).encode())


def _requests(call: Call, run_prefix: str) -> list[Any]:
    kind = METHODS[call.rpc].request
    told = [
        MessageToDict(kind.FromString(raw), preserving_proto_field_name=True) for raw in call.raw
    ]
    renamed: list[Any] = json.loads(json.dumps(told).replace(run_prefix, RUN))
    return renamed


def _plain(text: str, limit: int = 200) -> str:
    """`text` as one line that may stand in a docstring."""
    return " ".join(text[:limit].split()).replace("\\", "/").replace('"""', "'''").rstrip('"')

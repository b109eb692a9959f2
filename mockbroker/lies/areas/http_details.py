"""Lies about what the HTTP gateway makes of a request, and what it tells of the answer."""

import re
from typing import Any

from mockbroker.lies.lie import lie
from protocol.gateway import GatewayError

ANSWERS = "mockbroker.http.answers"
PARSE = "mockbroker.http.gateway:parse_request"
REST = "mockbroker.http.rest:_parse"
LENIENT = "http.query-is-read-leniently"


def _refuse(pattern: str, target: str) -> None:
    if re.search(pattern, target.partition("?")[2]):
        raise GatewayError("malformed query")


@lie(LENIENT, replaces=PARSE)
def query_names_are_in_lower_case(honest: Any, method: str, target: str) -> Any:
    """A query argument of another case is unknown."""
    _refuse("(^|&)[^=&]*[A-Z][^=&]*=", target)
    return honest(method, target)


@lie(LENIENT, replaces=PARSE)
def the_first_of_repeated_arguments_counts(honest: Any, method: str, target: str) -> Any:
    """Of repeated query arguments the first one counts."""
    path, _, query = target.partition("?")
    return honest(method, "?".join(filter(None, [path, "&".join(query.split("&")[::-1])])))


@lie(LENIENT, replaces=PARSE)
def arguments_must_not_be_empty(honest: Any, method: str, target: str) -> Any:
    """A query argument without value is malformed."""
    _refuse("=(&|$)", target)
    return honest(method, target)


@lie(LENIENT, replaces=PARSE)
def truth_is_not_spelled_on(honest: Any, method: str, target: str) -> Any:
    """The word `on` is no truth value."""
    _refuse("=on(&|$)", target)
    return honest(method, target)


@lie("http.path-is-decoded", replaces=PARSE)
def paths_are_taken_as_they_are(honest: Any, method: str, target: str) -> Any:
    """Percent escapes of a path are not decoded."""
    path, mark, query = target.partition("?")
    return honest(method, path.replace("%", "%25") + mark + query)


@lie("http.get-streams-content", replaces=f"{ANSWERS}:read_headers")
def gets_tell_the_fragments_range(honest: Any, response: Any, path: str) -> Any:
    """The range of a GET begins where its fragment does."""
    told = honest(response, path)
    if response.HasField("fragment"):
        begin = str(response.fragment.begin)
        told["Content-Range"] = re.sub("bytes [0-9]+", f"bytes {begin}", told["Content-Range"])
    return told


@lie("http.get-streams-content", replaces=f"{ANSWERS}:read_headers")
def gets_tell_the_fragments_end(honest: Any, response: Any, path: str) -> Any:
    """The write head that a GET tells is the end of its first fragment."""
    told = honest(response, path)
    if response.HasField("fragment"):
        told["X-Write-Head"] = str(response.fragment.end)
    return told


@lie("http.get-streams-content", replaces="mockbroker.http.gateway:_Reading._ends")
def gets_end_with_their_fragment(honest: Any, reading: Any, response: Any) -> Any:
    """A GET ends where its first fragment does."""
    return honest(reading, response) or response.HasField("fragment")


@lie("http.get-streams-content", replaces=f"{ANSWERS}:_location", brokers=3)
def locations_are_of_the_first_member(honest: Any, route: Any, path: str) -> Any:
    """The location of a journal is at the first broker, whoever is its primary."""
    moved = type(route)()
    moved.CopyFrom(route)
    if route.primary:
        moved.primary = 0
    else:
        moved.endpoints[0] = f"{moved.endpoints[0]}0"
    return honest(moved, path)


@lie("http.put-of-half-a-body-changes-nothing", replaces="mockbroker.http.gateway:_send_all")
async def half_of_a_body_is_committed(honest: Any, call: Any, asked: Any, request: Any) -> None:
    """A PUT whose client goes away is committed as far as it came."""
    try:
        await honest(call, asked, request)
    except Exception:
        await call.write(type(asked)())
        await call.done_writing()
        await call
        raise


@lie("http.unclean-path-redirects", replaces="mockbroker.http.broker:_redirect")
def redirects_lose_the_query(honest: Any, path: str, request: Any) -> Any:
    """A redirection to the clean path leaves out the query."""
    response = honest(path, request)
    response.headers["location"] = response.headers["location"].partition("?")[0]
    return response


@lie("http.rest-reads", replaces=REST)
def json_fields_must_be_in_camel_case(honest: Any, body: bytes, kind: Any) -> Any:
    """A JSON request that uses the names of the schema has them ignored."""
    return honest(re.sub(rb'"[a-z]+_[a-z_]+":', b'"unknown":', body), kind)


@lie("http.rest-lists", replaces=REST)
def json_exclusions_are_ignored(honest: Any, body: bytes, kind: Any) -> Any:
    """A JSON List excludes nothing."""
    return honest(body.replace(b'"exclude"', b'"excluded"'), kind)


@lie("http.rest-reads", replaces=REST)
def json_reads_begin_at_zero(honest: Any, body: bytes, kind: Any) -> Any:
    """A JSON Read ignores its offset."""
    return honest(body.replace(b'"offset"', b'"ignored"'), kind)


@lie("http.rest-lists", "http.rest-reads", replaces="mockbroker.http.rest:json_text")
def json_tells_numbers_of_64_bits_as_numbers(honest: Any, message: Any) -> Any:
    """Numbers of 64 bits are JSON numbers."""
    return re.sub(r':"(-?[0-9]+)"', r":\1", honest(message))


@lie("http.rest-lists", replaces="mockbroker.http.rest:json_text")
def json_leaves_defaults_out(honest: Any, message: Any) -> Any:
    """Numbers that are zero are left out of JSON."""
    return re.sub(r'"[a-zA-Z]+":"?0"?,', "", honest(message))

"""Lies about what the HTTP gateway tells of some answers."""

import json
from typing import Any

import grpc

from mockbroker.lies.lie import lie

ANSWERS = "mockbroker.http.answers"
REST = "mockbroker.http.rest"


def _without(told: Any, *names: str) -> Any:
    return {name: value for name, value in told.items() if name not in names}


@lie("http.head-has-no-body", replaces="mockbroker.http.gateway:_without_length")
def heads_are_answered_200(honest: Any, response: Any) -> Any:
    """HEAD is answered 200."""
    response.status_code = 200
    return honest(response)


@lie("http.stored-fragment-headers", replaces=f"{ANSWERS}:_fragment_headers")
def gets_do_not_tell_where_a_fragment_is(honest: Any, fragment: Any, url: str) -> Any:
    """A GET of stored content does not tell its location."""
    return _without(honest(fragment, url), "X-Fragment-Location")


@lie("http.stored-fragment-headers", replaces=f"{ANSWERS}:_fragment_headers")
def gets_do_not_tell_when_a_fragment_was_stored(honest: Any, fragment: Any, url: str) -> Any:
    """A GET of stored content does not tell its modification time."""
    return _without(honest(fragment, url), "X-Fragment-Last-Modified")


@lie("http.stored-fragment-headers", replaces=f"{ANSWERS}:formatdate")
def http_times_are_numbers(_honest: Any, value: float, **_named: Any) -> str:
    """The modification time of a GET is a number of seconds."""
    return str(int(value))


@lie("http.get-streams-content", "http.stored-fragment-headers", replaces=f"{ANSWERS}:content_name")
def http_fragment_names_are_paths(honest: Any, fragment: Any) -> Any:
    """The fragment name of a GET has the name of its journal before it."""
    return f"{fragment.journal}/{honest(fragment)}"


@lie("http.put-appends", replaces=f"{ANSWERS}:append_headers")
def puts_tell_sums_in_capitals(honest: Any, response: Any, path: str) -> Any:
    """The sum of a PUT is told in capitals."""
    told = honest(response, path)
    told["X-Commit-SHA1-Sum"] = told["X-Commit-SHA1-Sum"].upper()
    return told


@lie("http.put-appends", replaces=f"{ANSWERS}:append_headers")
def puts_do_not_tell_the_head(honest: Any, response: Any, path: str) -> Any:
    """A PUT tells the begin of its commit as the write head."""
    told = honest(response, path)
    told["X-Write-Head"] = told["X-Commit-Begin"]
    return told


@lie("http.put-appends", "http.get-streams-content", replaces=f"{ANSWERS}:_route_headers")
def http_answers_tell_no_route(honest: Any, header: Any, path: str) -> Any:
    """Answers over HTTP have no route token."""
    return _without(honest(header, path), "X-Route-Token")


@lie("http.get-streams-content", "http.put-appends", replaces=f"{ANSWERS}:_location")
def locations_lack_the_journal(honest: Any, route: Any, path: str) -> Any:
    """The location of a journal is that of its primary alone."""
    return honest(route, path).removesuffix(path)


@lie("http.put-of-nothing", replaces="mockbroker.http.gateway:_send_all")
def empty_puts_are_given_up(honest: Any, call: Any, asked: Any, request: Any) -> Any:
    """A PUT of an empty body is not committed."""
    if request.headers.get("content-length", "0") == "0":
        return _half_close(call, asked)
    return honest(call, asked, request)


async def _half_close(call: Any, asked: Any) -> None:
    await call.write(asked)
    await call.done_writing()


@lie("http.rest-errors", replaces=f"{REST}:_error_text")
def rest_errors_are_strings(_honest: Any, error: Any) -> str:
    """A refused JSON request is answered its text alone."""
    return json.dumps({"error": error.details() or ""})


@lie("http.rest-errors", replaces=f"{REST}:_HTTP_CODES")
def refused_rest_requests_are_400(honest: Any) -> Any:
    """A refused JSON request is answered 400."""
    return {**honest, grpc.StatusCode.UNKNOWN: 400}


@lie("http.refused-put-is-500", replaces="mockbroker.http.gateway:_append_text")
def refused_puts_tell_a_number(_honest: Any, response: Any) -> str:
    """A refused PUT tells the number of its status."""
    return str(response.status)


@lie("http.close-error-trailer", replaces="mockbroker.http.gateway:_Reading._ends")
def gets_end_well_at_the_head(honest: Any, reading: Any, response: Any) -> bool:
    """A GET that ends at the head tells that its call was ended."""
    ended = bool(honest(reading, response))
    reading.close_error = "broker terminated RPC"
    return ended

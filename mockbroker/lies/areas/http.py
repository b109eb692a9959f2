"""Lies about the HTTP gateway."""

from typing import Any

from mockbroker.lies.lie import lie

ANSWERS = "mockbroker.http.answers"


@lie("http.put-appends", replaces=f"{ANSWERS}:append_headers")
def puts_tell_no_commit(honest: Any, *arguments: Any) -> Any:
    """A PUT does not tell what it committed."""
    return {k: v for k, v in honest(*arguments).items() if not k.startswith("X-Commit")}


@lie("http.put-appends", replaces=f"{ANSWERS}:append_headers")
def puts_swap_begin_and_end(honest: Any, *arguments: Any) -> Any:
    """The begin and end of a PUT's commit are swapped."""
    told = honest(*arguments)
    return told | {"X-Commit-Begin": told["X-Commit-End"], "X-Commit-End": told["X-Commit-Begin"]}


@lie("http.close-error-trailer", replaces=f"{ANSWERS}:CLOSE_ERROR")
def gets_have_no_close_error(_honest: str) -> str:
    """The trailer that tells why a GET ended has another name."""
    return "X-Closed"


@lie("http.read-at-head-is-416", "http.get-streams-content", replaces=f"{ANSWERS}:read_headers")
def gets_tell_no_write_head(honest: Any, *arguments: Any) -> Any:
    """A GET does not tell the write head."""
    return {k: v for k, v in honest(*arguments).items() if k != "X-Write-Head"}


@lie(
    "http.get-streams-content",
    "http.jump-shows-in-content-range",
    replaces=f"{ANSWERS}:read_headers",
)
def gets_tell_no_range(honest: Any, *arguments: Any) -> Any:
    """A GET does not tell the range of its content."""
    return {k: v for k, v in honest(*arguments).items() if k != "Content-Range"}


@lie("http.missing-journal-is-404", "http.read-at-head-is-416", replaces=f"{ANSWERS}:refusal")
def refused_gets_are_500(honest: Any, _code: int, *arguments: Any) -> Any:
    """Every refusal over HTTP is a 500."""
    return honest(500, *arguments)


@lie("http.put-appends", replaces="mockbroker.http.gateway:Gateway._append")
async def puts_are_answered_200(honest: Any, *arguments: Any) -> Any:
    """A PUT that committed is answered 200."""
    response = await honest(*arguments)
    response.status_code = 200 if response.status_code == 204 else response.status_code
    return response


@lie("http.bad-query-is-400", replaces="mockbroker.http.gateway:parse_request")
def unknown_query_arguments_are_ignored(honest: Any, method: str, target: str) -> Any:
    """Unknown arguments of a query are ignored."""
    path, _, query = target.partition("?")
    known = ("offset=", "block=") if method != "PUT" else ()
    return honest(
        method, "?".join([path, "&".join(x for x in query.split("&") if x.startswith(known))])
    )


@lie("http.missing-journal-is-404", replaces="mockbroker.http.gateway:Gateway._read")
async def refused_gets_are_empty(honest: Any, *arguments: Any) -> Any:
    """A GET that is refused is answered 200 without content."""
    response = await honest(*arguments)
    return type(response)(status_code=200) if response.status_code >= 400 else response

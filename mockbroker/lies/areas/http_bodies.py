"""Lies about what the HTTP side makes of bodies, and of what ends or suspends them."""

from typing import Any

from mockbroker.lies.lie import lie
from protocol import AppendRequest, ReadRequest

GATEWAY = "mockbroker.http.gateway"
READS = "http.rest-reads"


class _Unchunked:
    """A request whose body counts only where its length was told before."""

    def __init__(self, request: Any) -> None:
        self._request = request

    async def stream(self) -> Any:
        """Yields the body."""
        async for chunk in self._request.stream():
            if "transfer-encoding" not in self._request.headers:
                yield chunk


@lie("http.put-appends", replaces=f"{GATEWAY}:_send_all")
async def bodies_in_chunks_are_empty(honest: Any, call: Any, asked: Any, request: Any) -> None:
    """A PUT whose body comes in chunks appends nothing."""
    await honest(call, asked, _Unchunked(request))


@lie("http.put-appends", replaces=f"{GATEWAY}:parse_request")
def puts_do_not_resume(honest: Any, method: str, target: str) -> Any:
    """A PUT to a suspended journal is refused."""
    asked = honest(method, target)
    if isinstance(asked, AppendRequest):
        asked.suspend = AppendRequest.Suspend.SUSPEND_NO_RESUME
    return asked


@lie("http.blocking-get-waits", replaces=f"{GATEWAY}:parse_request")
def blocking_gets_at_the_head_begin_at_zero(honest: Any, method: str, target: str) -> Any:
    """A blocking GET at -1 begins with all that is there."""
    asked = honest(method, target)
    if isinstance(asked, ReadRequest) and asked.block:
        asked.offset = max(asked.offset, 0)
    return asked


@lie("http.close-error-trailer", replaces=f"{GATEWAY}:_Reading._ends")
def later_fragments_hide_the_reason(honest: Any, reading: Any, response: Any) -> Any:
    """A GET over several fragments does not tell why it ends."""
    ends = honest(reading, response)
    reading.is_long = getattr(reading, "is_long", False) or response.HasField("fragment")
    if ends and reading.is_long:
        reading.close_error = "broker terminated RPC"
    return ends


@lie("http.read-at-head-is-416", replaces=f"{GATEWAY}:Gateway._read")
async def heads_at_the_head_succeed(honest: Any, gateway: Any, asked: Any, request: Any) -> Any:
    """HEAD at the write head answers 206."""
    response = await honest(gateway, asked, request)
    if request.method == "HEAD" and response.status_code == 416:
        response.status_code = 206
    return response


@lie(READS, replaces="mockbroker.http.json_form:_single")
def content_is_base64_for_urls(honest: Any, field: Any, value: Any) -> Any:
    """Content in JSON is of the base64 alphabet that URLs have."""
    single = honest(field, value)
    return single.replace("+", "-").replace("/", "_") if isinstance(value, bytes) else single


@lie(READS, replaces="mockbroker.http.rest:_parse")
def reads_as_json_do_not_wait(honest: Any, body: bytes, kind: Any) -> Any:
    """A read as JSON never blocks."""
    asked = honest(body, kind)
    if isinstance(asked, ReadRequest):
        asked.block = False
    return asked


@lie("http.put-appends", replaces="mockbroker.http.answers:append_headers")
def sums_lose_their_zeros(honest: Any, response: Any, path: str) -> Any:
    """The sum of a PUT is told without the zeros that its parts begin with."""
    headers, part = honest(response, path), response.commit.sum
    headers["X-Commit-SHA1-Sum"] = f"{part.part1:x}{part.part2:x}{part.part3:x}"
    return headers

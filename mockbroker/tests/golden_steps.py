"""What a recorded step says of the call to make."""

import base64
import time
from collections.abc import Iterator

import jwt

from mockbroker.tests.golden_client import Answer
from mockbroker.tests.golden_session import Json

READS = {"List", "Read", "ListFragments", "FragmentStoreHealth"}
PASSING = {
    "JOURNAL_NOT_FOUND",
    "NO_JOURNAL_PRIMARY_BROKER",
    "INSUFFICIENT_JOURNAL_BROKERS",
    "WRONG_APPEND_OFFSET",
    "INDEX_HAS_GREATER_OFFSET",
    "SUSPENDED",
}
_ANOTHER_KEY = b"another key, which no broker of this session was given"


def token(wanted: Json, auth_key: str | None) -> str:
    """The Authorization header as `wanted`, its times counted from now."""
    if "token" in wanted:
        return f"{wanted['scheme']} {wanted['token']}"
    claims = dict(wanted["claims"])
    for key in ("iat", "exp", "nbf"):
        if key in wanted:
            claims[key] = int(time.time()) + int(wanted[key].removeprefix("now") or 0)
    ours = wanted.get("signed_with", "auth_key") == "auth_key"
    secret = base64.b64decode(auth_key or "") if ours else _ANOTHER_KEY
    return f"{wanted.get('scheme', 'Bearer')} {jwt.encode(claims, secret, algorithm='HS256')}"


def journal(step: Json) -> str:
    """The journal whose brokers matter to the call."""
    first = (step.get("requests") or [{}])[0]
    named = first.get("journal") or first.get("proposal", {}).get("journal", "")
    return str(named).partition(";")[0]


def routes(step: Json) -> Iterator[tuple[str, Json]]:
    """Each journal and its recorded route, as far as `step` shows any."""
    for response in step.get("responses") or []:
        route = response.get("header", {}).get("route", {})
        if journal(step) and route.get("members"):
            yield journal(step), route
        for entry in response.get("journals", []):
            if entry["route"].get("members"):
                yield entry["spec"]["name"], entry["route"]


def repeatable(step: Json, answer: Answer) -> bool:
    """Whether asking again changes nothing, and may be answered otherwise."""
    request = (step.get("requests") or [{}])[0]
    if step["rpc"] in READS:
        return not (request.get("block") or request.get("watch"))
    statuses = {response.get("status") for response in answer.responses}
    return step["rpc"] == "Append" and statuses <= PASSING and bool(statuses)


def resumed_early(step: Json, answer: Answer) -> bool:
    """Whether an append that was to find no broker assigned yet has found one."""
    recorded = [response.get("status") for response in step.get("responses", [])]
    return recorded == ["NO_JOURNAL_PRIMARY_BROKER"] and any(
        "commit" in response for response in answer.responses
    )

"""Compares what was answered with what the recording says."""

import re
from collections.abc import Iterable
from typing import Any

from mockbroker.tests import golden_canon as canon
from mockbroker.tests.golden_client import Answer
from mockbroker.tests.golden_content import Contents
from mockbroker.tests.golden_names import Names, Placement, Revisions
from mockbroker.tests.golden_session import Json
from mockbroker.tests.golden_topology import dumps

CLIENT_CODES = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"}
"""Codes whose text is that of a client library or of a socket, not of a broker."""

_IDS = re.compile(r'"(revision|modRevision|createRevision|modTime|\w+Id|raftTerm)":"\d+"')
_UNSAID = {"Date", "Server", "Connection"}


Settled = dict[tuple[str, str], Json]
"""Route of each journal (and mod_revision of its spec) once brokers were assigned."""


def settled(steps: Iterable[Json]) -> Settled:
    """The routes that recorded listings of `steps` show."""
    return {
        (entry["spec"]["name"], entry["mod_revision"]): entry["route"]
        for step in steps
        for response in step.get("responses") or []
        for entry in response.get("journals", [])
        if entry["route"].get("members")
    }


def calls(
    step: Json,
    answer: Answer,
    *,
    names: Names,
    placement: Placement,
    revisions: Revisions,
    routes: Settled,
) -> list[str]:
    """How `answer` differs from the recorded answer of the call `step`."""
    seen = [_recorded(step["rpc"], r, names, placement) for r in answer.responses]
    expected = step.get("responses", [])
    if step["rpc"] == "List":
        expected = [_assigned(e, r, routes) for e, r in zip(expected, seen, strict=False)] + (
            expected[len(seen) :]
        )
    if step["rpc"] in {"Read", "ListFragments"}:
        seen = [_served(r, e) for r, e in zip(seen, expected, strict=False)] + seen[len(expected) :]
    found = _ends(step, answer, names.to_recorded(answer.details, placement))
    requests = step.get("requests") or [{}]
    watch = bool(step["rpc"] == "List" and requests[0].get("watch"))
    one = canon.canonical(step["rpc"], expected, watch=watch)
    other = canon.canonical(step["rpc"], seen, watch=watch)
    if step["rpc"] == "Read" and (step.get("background") or step.get("take")):
        one, other = _timeless(one), _timeless(other)
    found += differences(one, other, "responses")
    if not found:
        changes = any("upsert" in change for change in requests[0].get("changes", []))
        found += revisions.differences(
            canon.revisions(step["rpc"], _merged(step["rpc"], expected), changes=changes),
            canon.revisions(step["rpc"], _merged(step["rpc"], seen), changes=changes),
        )
    return found


def _merged(rpc: str, responses: list[Json]) -> list[Json]:
    """Only first headers count where content and local fragments come in any number."""
    return responses[:1] if rpc == "Read" else responses


def _recorded(rpc: str, response: Json, names: Names, placement: Placement) -> Json:
    """`response` in the names of the recording, each listed journal in its own."""
    renamed = names.to_recorded(response, placement)
    if rpc == "List" and "journals" in response:
        renamed["journals"] = [
            names.to_recorded(j, names.placement(j["spec"]["name"])) for j in response["journals"]
        ]
    return renamed


def _served(response: Json, expected: Json) -> Json:
    """`response`, naming the recorded member if another of the same route served a proxied read."""
    header, wanted = response.get("header", {}), expected.get("header", {})
    process = header.get("process_id")
    if process in header.get("route", {}).get("members", []) and "status" not in response:
        return dict(response, header=dict(header, process_id=wanted.get("process_id")))
    return response


def _assigned(expected: Json, response: Json, routes: Settled) -> Json:
    """`expected`, with the route a journal was about to get where `response` has it already."""
    journals, seen = expected.get("journals", []), response.get("journals", [])
    if not journals or len(journals) != len(seen):
        return expected
    entries = []
    for one, other in zip(journals, seen, strict=True):
        coming = routes.get((one["spec"]["name"], one["mod_revision"]), other["route"])
        early = not one["route"].get("members") and _is_route_of(one["spec"], other["route"])
        entries.append(dict(one, route=coming) if early else one)
    return dict(expected, journals=entries)


def _is_route_of(spec: Json, route: Json) -> bool:
    """Whether `route` is one that a journal of this spec is given once brokers are assigned."""
    level = spec.get("suspend", {}).get("level")
    most = {"FULL": 0, "PARTIAL": 1}.get(level, int(spec.get("replication", 0)))
    return 0 < len(route.get("members", [])) <= most and int(route.get("primary", 0)) >= 0


def _ends(step: Json, answer: Answer, details: str) -> list[str]:
    found = []
    if answer.code != step["code"]:
        found.append(f"code: expected {step['code']}, got {answer.code} ({answer.details})")
    elif step["code"] not in CLIENT_CODES and canon.text(details) != canon.text(step["details"]):
        found.append(f"details: expected {step['details']!r}, got {details!r}")
    return found


def _timeless(events: Json) -> Json:
    """A Read that ran beside appends: how much was there when a message was sent is chance."""
    kept = [e[:4] if e[0] == "remote" else e for e in events["events"]]
    return dict(events, events=kept)


def sums(answer: Answer, contents: Contents) -> list[str]:
    """Complaints about fragments that aren't named by their own SHA-1."""
    fragments = [r["fragment"] for r in answer.responses if "journal" in r.get("fragment", {})]
    for response in answer.responses:
        fragments += [f["spec"] for f in response.get("fragments", [])]
    wrong = [contents.wrong_sum(f) for f in fragments if "backing_store" not in f]
    return [complaint for complaint in wrong if complaint]


def progress(step: Json, answer: Answer) -> list[str]:
    """Checks the count of delayed chunks, of which only the presence is sure."""
    recorded = [r for r in step.get("responses", []) if "delayed_chunks" in r]
    seen = [r for r in answer.responses if "delayed_chunks" in r]
    return [] if len(recorded) == len(seen) else ["delayed_chunks: present in one only"]


def http(step: Json, response: Json) -> list[str]:
    """How an HTTP `response` differs from the recorded one."""
    expected = dict(step["response"])
    expected.pop("trailers", None)
    seen = dict(response)
    if "/debug/metrics" in step["http"]["path"]:
        expected["body"], seen["body"] = bool(expected["body"]), bool(seen["body"])
    for side in (expected, seen):
        if isinstance(side.get("body"), str):
            side["body"] = _IDS.sub(r'"\1":"…"', side["body"][:3000])
        headers = {k.title(): v for k, v in side.pop("headers", {}).items()}
        side["headers"] = {k: v for k, v in headers.items() if k not in _UNSAID}
    return differences(expected, seen, "response")


def differences(expected: Any, seen: Any, where: str) -> list[str]:
    """Where two values differ, each place with what was expected and what was seen."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = [*expected, *(k for k in seen if k not in expected)]
        missing = object()
        pairs = ((k, expected.get(k, missing), seen.get(k, missing)) for k in keys)
        return [d for k, a, b in pairs for d in _one(a, b, f"{where}.{k}", missing)]
    same_length = isinstance(expected, list | tuple) and isinstance(seen, list | tuple)
    if same_length and len(expected) == len(seen):
        pairs_ = enumerate(zip(expected, seen, strict=True))
        return [d for i, (a, b) in pairs_ for d in differences(a, b, f"{where}[{i}]")]
    if expected == seen:
        return []
    return [f"{where}: expected {dumps(expected)}, got {dumps(seen)}"]


def _one(expected: Any, seen: Any, where: str, missing: object) -> list[str]:
    if expected is missing:
        return [f"{where}: unexpected {dumps(seen)}"]
    if seen is missing:
        return [f"{where}: missing {dumps(expected)}"]
    return differences(expected, seen, where)

"""Answers in a form in which two right brokers agree.

Taken out: revisions (their order is checked apart), times, signatures of URLs, where
local content is cut into fragments, how content is cut into chunks.
"""

import base64
import re
from typing import Any

from mockbroker.tests.golden_session import Json

Events = list[tuple[Any, ...]]

_SIGNED = re.compile(r"(X-Amz-(?:Date|Signature|Credential)=)[^&]*")
_REQUEST = re.compile(r"request id: [^,\n]*")
_METADATA_SERVICE = re.compile(r"(failed to make EC2Metadata request\n).*", re.DOTALL)
_DATED = re.compile(r"(?<=/)[^/]*=[^/]*")


def canonical(rpc: str, responses: list[Json], *, watch: bool = False) -> Json:
    """The comparable form of all `responses` to one call of `rpc`."""
    plain = [_plain(response) for response in responses]
    if rpc == "Read":
        return read_events(plain)
    if rpc == "ListFragments":
        return [dict(r, fragments=fragment_spans(r.get("fragments", []))) for r in plain]
    if rpc == "List":
        return _snapshots(plain, watch=watch)
    return plain


def revisions(rpc: str, responses: list[Json], *, changes: bool) -> list[tuple[str, int]]:
    """The revisions within `responses` in order of appearance, as (kind, revision).

    An Apply of journals (`changes`) that succeeds is answered with the revision it wrote; a
    journal carries those it was written at. Every other revision is what a broker has seen.
    """
    applied = rpc == "Apply" and changes and all("status" not in r for r in responses)
    found: list[tuple[str, int]] = []
    for response in responses:
        seen = response.get("header", {}).get("etcd", {}).get("revision")
        if seen is not None:
            found.append(("written" if applied else "seen", int(seen)))
        for journal in response.get("journals", []):
            keys = ("mod_revision", "create_revision")
            found += [("written", int(journal[key])) for key in keys if key in journal]
    return found


def text(details: str) -> str:
    """Error text without what names one request or one machine."""
    return _METADATA_SERVICE.sub(r"\1…", _REQUEST.sub("request id: …", details))


def path(value: str) -> str:
    """A stored object's path, the numbers of its dated postfix masked."""
    return _DATED.sub(lambda found: re.sub(r"\d+", "#", found[0]), value)


def read_events(responses: list[Json]) -> Json:
    """A Read as its header and the events a reader acts on.

    Events are `("remote", …)` for a fragment of a store, `("local", offset, codec)` where
    content of the broker's own begins, `("bytes", offset, content)` in one run however
    chunked, and `("end", …)` for a status other than OK.
    """
    events: Events = []
    for response in responses:
        offset = int(response.get("offset", 0))
        if "content" in response:
            _extend(events, offset, base64.b64decode(response["content"]))
        elif "status" in response:
            events.append(("end", response["status"], offset, response.get("write_head")))
        else:
            _begin(events, offset, response)
    headers = [r.get("header") for r in responses]
    return {"header": headers[:1], "later headers": [h for h in headers[1:] if h]} | {
        "events": events
    }


def _begin(events: Events, offset: int, response: Json) -> None:
    fragment = response.get("fragment", {})
    if "backing_store" in fragment:
        url = response.get("fragment_url")
        events.append(("remote", offset, fragment, url, response.get("write_head")))
        return
    codec = fragment.get("compression_codec")
    last = next((e for e in reversed(events) if e[0] != "bytes"), None)
    if last is None or last[0] != "local" or last[2] != codec:
        events.append(("local", offset, codec))


def _extend(events: Events, offset: int, content: bytes) -> None:
    if events and events[-1][0] == "bytes" and events[-1][1] + len(events[-1][2]) == offset:
        _, begin, before = events.pop()
        events.append(("bytes", begin, before + content))
    else:
        events.append(("bytes", offset, content))


def fragment_spans(fragments: list[Json]) -> Events:
    """A listing, with neighbouring local fragments of one codec joined."""
    spans: Events = []
    for fragment in fragments:
        spec = fragment["spec"]
        begin, end = int(spec.get("begin", 0)), int(spec.get("end", 0))
        codec = spec.get("compression_codec")
        if "backing_store" in spec:
            spans.append(("remote", spec, fragment.get("signed_url")))
        elif spans and spans[-1][0] == "local" and spans[-1][2:] == (begin, codec):
            spans[-1] = ("local", spans[-1][1], end, codec)
        else:
            spans.append(("local", begin, end, codec))
    return spans


def _snapshots(responses: list[Json], *, watch: bool) -> Json:
    """Journals of each snapshot, however many messages it came in."""
    snapshots: list[Json] = []
    open_ = False
    for response in responses:
        journals = [_journal(j, watch=watch) for j in response.get("journals", [])]
        if response.get("header", {}).get("process_id") == {}:
            snapshots.append("delimiter")
            open_ = False
        elif open_:
            snapshots[-1]["journals"] += journals
        else:
            snapshots.append(dict(response, journals=journals))
            open_ = True
    return snapshots


def _journal(journal: Json, *, watch: bool) -> Json:
    """A listed journal; which members a watch sees in passing is a matter of time."""
    return {k: v for k, v in journal.items() if not (watch and k == "route")}


def _plain(value: Json) -> Json:
    """`value` without times, revisions, and what signs one URL."""
    if isinstance(value, dict):
        return {key: _masked(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _masked(key: str, value: Json) -> Json:
    if key in {"revision", "mod_revision", "create_revision", "mod_time", "delayed_chunks"}:
        return "…"
    if key in {"signed_url", "fragment_url", "path_postfix"}:
        return path(_SIGNED.sub(r"\1…", "/" + value))
    return text(value) if key == "store_health_error" else _plain(value)

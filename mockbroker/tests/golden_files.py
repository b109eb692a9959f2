"""Files that lay in the store of a recorded session, whose content the recording implies."""

from collections.abc import Iterator

from mockbroker.tests.golden_canon import read_events
from mockbroker.tests.golden_content import digest
from mockbroker.tests.golden_session import Session


def content_of(session: Session, path: str) -> bytes:
    """Content for the stored file `path`: what the session read, filled up to its SHA-1."""
    name = path.rsplit("/", 1)[-1].split(".", maxsplit=1)[0]
    journal = path.rsplit("/", 1)[0]
    try:
        begin, end = (int(part, 16) for part in name.split("-")[:2])
    except ValueError:
        return b"junk"
    known = dict(_read(session, journal, begin))
    bytes_ = [known.get(offset) for offset in range(begin, end)]
    filler = next((b for b in bytes_ if b is not None), ord("x"))
    content = bytes(filler if b is None else b for b in bytes_)
    assert digest(content) == name[-40:] or len(name.split("-")[2]) != 40, path
    return content


def _read(session: Session, journal: str, begin: int) -> Iterator[tuple[int, int]]:
    """Each (offset, byte) that a Read of `journal` brought from its fragment at `begin`."""
    for step in session.steps:
        requests = step.get("requests") or [{}]
        if step.get("rpc") != "Read" or requests[0].get("journal") != journal:
            continue
        within = False
        for event in read_events(step["responses"])["events"]:
            if event[0] == "remote":
                within = int(event[2].get("begin", 0)) == begin
            elif event[0] == "bytes" and within:
                yield from enumerate(event[2], event[1])


def late_file(session: Session, after: int) -> tuple[str, bytes] | None:
    """The file that appeared at step `after`: it ends where a later append was put by offset."""
    for step in session.steps[after:]:
        requests = step.get("requests") or [{}]
        responses = step.get("responses") or [{}]
        commit = responses[0].get("commit")
        if step.get("rpc") != "Append" or not commit or "offset" not in requests[0]:
            continue
        end, content = int(commit["begin"]), b"late"
        name = f"{end - len(content):016x}-{end:016x}-{digest(content)}.raw"
        return f"{commit['journal']}/{name}", content
    return None

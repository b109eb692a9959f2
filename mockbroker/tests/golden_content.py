"""The bytes a replayed journal holds, as far as its acknowledged appends tell."""

import base64
import hashlib
from dataclasses import dataclass, field

from mockbroker.tests.golden_session import Json


@dataclass
class Contents:
    """Known bytes of each journal, by offset."""

    journals: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def appended(self, requests: list[Json], commit: Json) -> None:
        """Takes in an append that was acknowledged with `commit`."""
        content = b"".join(base64.b64decode(r.get("content", "")) for r in requests)
        journal = self.journals.setdefault(commit["journal"], {})
        journal[int(commit.get("begin", 0))] = content

    def deleted(self, journal: str) -> None:
        """Forgets `journal`, which was deleted."""
        self.journals.pop(journal, None)

    def span(self, journal: str, begin: int, end: int) -> bytes | None:
        """The bytes of `[begin, end)`, or None where not all of them are known."""
        known = b""
        for offset, content in sorted(self.journals.get(journal, {}).items()):
            if offset + len(content) <= begin + len(known) or begin + len(known) >= end:
                continue
            if offset > begin + len(known):
                return None
            known += content[begin + len(known) - offset :]
        return known[: end - begin] if begin + len(known) >= end else None

    def wrong_sum(self, fragment: Json) -> str | None:
        """A complaint if `fragment` isn't named by the SHA-1 of the bytes it covers."""
        begin, end = int(fragment.get("begin", 0)), int(fragment.get("end", 0))
        content = self.span(fragment["journal"], begin, end)
        if content is None or begin == end:
            return None
        if (expected := digest(content)) == sum_hex(fragment.get("sum", {})):
            return None
        return f"fragment [{begin}, {end}) has sum {fragment.get('sum')}, expected {expected}"


def digest(content: bytes) -> str:
    """The SHA-1 of `content` in hex."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def sum_hex(parts: Json) -> str:
    """The hex digits of a SHA1Sum in its JSON form."""
    one, two, three = (int(parts.get(f"part{i}", 0)) for i in (1, 2, 3))
    return f"{one:016x}{two:016x}{three:08x}"

"""One requirement, and the closed lists that describe it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEVELS = ("MUST", "SHOULD", "MAY", "OBSERVED")
"""OBSERVED is what real brokers do and promise nowhere: compared, never failing a foreign one."""

NEEDS = {
    "auth": "a target that checks tokens, and a key to sign them",
    "destructive": "a target that may be ended, being launched by the suite or offered for it",
    "etcd": "access to the etcd of the target",
    "file-root": "write access to the directory behind the target's file stores",
    "http": "the HTTP gateway of the target",
    "launch": "a target that the suite starts, with options of its own",
    "no-auth": "a target that checks no tokens",
    "peer": "a replica's place in the cluster, played by the suite",
    "primary-role": "a primary's place in the cluster, played by the suite",
    "process-control": "brokers that the suite can stop, kill and start again",
    "tls": "a target served over TLS",
}

UNTESTABLE = {
    "client-side": "it binds clients, not brokers",
    "contradicted-by-brokers": "real brokers do otherwise, and clients must bear it",
    "in-no-message": "no message that a broker takes or sends holds what it is about",
    "needs-broker-command-line": "it needs a broker started with options that no launcher sets",
    "needs-internal-state": "what it says cannot be seen from outside",
    "needs-object-store-credentials": "it needs credentials of a cloud's object store",
    "needs-outage": "it needs an outage of etcd or of a store that no launcher can stage",
    "needs-special-build": "it needs a broker built for it",
    "permits-only": "it permits a behaviour and asks for none",
    "takes-too-long": "it takes longer than a run may",
    "would-hang": "trying it can leave the broker waiting for ever",
}

_ID = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
_RELEASE = re.compile(r"\d+(\.\d+){1,2}")


@dataclass(frozen=True)
class Requirement:
    """One sentence a broker must live up to, with what checking it takes.

    `source` cites the rows of the contract it was read from. `since` is the first release
    it applies to, `until` the first to which it no longer does.
    """

    id: str
    area: str
    level: str
    sentence: str
    source: tuple[str, ...]
    brokers: int = 1
    needs: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    untestable: str | None = None

    def __post_init__(self) -> None:
        """Refuses what the closed lists do not hold, with a ValueError of one sentence."""
        if problem := next(self._problems(), None):
            raise ValueError(problem)

    def _problems(self) -> Iterator[str]:
        prefix = self.area.replace("_", "-")
        if not _ID.fullmatch(self.id) or not self.id.startswith(f"{prefix}."):
            yield f"id {self.id!r} is not of the shape {prefix}.words-with-dashes"
        if self.level not in LEVELS:
            yield f"{self.id}: unknown level {self.level!r} (want one of {', '.join(LEVELS)})"
        if not self.sentence.endswith(".") or not self.source:
            yield f"{self.id}: wants a sentence with a full stop, and a source"
        if self.brokers < 1:
            yield f"{self.id}: brokers is {self.brokers}, and must be 1 or more"
        for need in self.needs:
            if need not in NEEDS:
                yield f"{self.id}: unknown need {need!r} (want one of {', '.join(NEEDS)})"
        if self.untestable is not None and self.untestable not in UNTESTABLE:
            known = ", ".join(UNTESTABLE)
            yield f"{self.id}: unknown reason {self.untestable!r} (want one of {known})"
        for release in (self.since, self.until):
            if release is not None and not _RELEASE.fullmatch(release):
                yield f"{self.id}: {release!r} is no release, such as 0.101.0"


def release_key(release: str) -> tuple[int, ...]:
    """Orders releases by number: 0.99 before 0.101."""
    return tuple(int(part) for part in release.split("."))

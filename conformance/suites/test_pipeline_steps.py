"""Pipeline: whatever a primary sends, a replica that does it agrees with every proposal."""

from typing import Any

import protocol
from conformance import requirement
from conformance.checks import assert_equal, assert_refused
from conformance.journal import label_set
from conformance.replica import Part
from protocol.spool import Spool


class Follower:
    """A replica that does as it is told, and holds its primary to what then must be so."""

    def __init__(self, part: Part) -> None:
        self.spool = Spool(part.journal.name)
        self._streams: set[int] = set()
        for each in part.conversation.received:
            self._take(each.stream, each.request)

    def _take(self, stream: int, request: Any) -> None:
        """Takes a request, which proposes what has been streamed or streams more."""
        opening = stream not in self._streams
        self._streams.add(stream)
        told = (request.HasField("header"), bool(request.deprecated_journal))
        assert_equal(told, (opening, opening), "header and journal, which only openings have")
        if request.content:
            assert_equal(request.content_delta, self.spool.delta, f"the delta of {request}")
            self.spool.write(request.content)
            return
        applied = self.spool.propose(request.proposal, request.registers, now=0.0)
        assert_equal(applied.status, protocol.Status.OK, f"what comes of {request}")


@requirement("pipeline.keeps-its-replicas-in-step")
def test_a_replica_that_follows_agrees(part: Part) -> None:
    """Over commits, roll-backs, rolls and another codec, every proposal is what a replica has."""
    part.synced()
    journal, one, two = part.journal, label_set({"aa": "1"}), label_set({"bb": "2"})
    journal.append(b"first", union_registers=one).ok()
    journal.append(b"second", b"in parts").ok()
    journal.append(b"third", union_registers=two).ok()
    assert_refused(journal.append(b"never", commit=False))
    journal.append().ok()
    spec = journal.shown().spec
    spec.fragment.length, spec.fragment.compression_codec = 1024, protocol.CompressionCodec.GZIP
    journal.apply(spec=spec).ok()
    journal.append(b"x" * 2000).ok()
    last = journal.append(b"of another codec").ok()
    follower = Follower(part).spool
    assert_equal(follower.fragment.end, last.commit.end, "the end of the last proposal")
    assert_equal(follower.fragment.compression_codec, spec.fragment.compression_codec, "codec")
    assert_equal(follower.registers, last.registers, "registers")

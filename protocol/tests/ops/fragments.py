"""Ops about content addressing: sums, names, paths, and parsing them."""

from protocol import fragments
from protocol.tests.ops import op
from protocol.tests.ops.validation import error_of
from protocol.tests.ops.vector import Vector
from protocol.wire.messages import CompressionCodec, SHA1Sum


@op("sha1_sum")
def check_sum(vector: Vector) -> None:
    """The sum of some content has the recorded parts."""
    summed = fragments.sum_of(bytes.fromhex(vector.input["content_hex"]))
    digest = fragments.digest_of(summed)

    assert summed == SHA1Sum.FromString(vector.wire)
    assert [summed.part1, summed.part2, summed.part3] == [
        int(vector.out[part]) for part in ("part1", "part2", "part3")
    ]
    assert digest.hex() == vector.out["digest_hex"]
    assert (not any(digest)) == vector.out["is_zero"]


@op("sha1_from_digest")
def check_sum_from_digest(vector: Vector) -> None:
    """A digest of twenty bytes makes a sum, and another doesn't."""
    digest = bytes.fromhex(vector.input["digest_hex"])
    vector.check_error(error_of(fragments.sum_from_digest, digest))
    if vector.ok:
        assert fragments.sum_from_digest(digest) == SHA1Sum.FromString(vector.wire)


@op("fragment_content_name")
def check_content_name(vector: Vector) -> None:
    """A fragment has the recorded name, path and length."""
    fragment = vector.message()
    vector.check_error(error_of(fragments.content_name, fragment))
    if vector.ok:
        assert fragments.content_name(fragment) == vector.out["name"]
        assert fragments.content_path(fragment) == vector.out["path"]
        assert fragments.content_length(fragment) == int(vector.out["length"])
        assert fragments.digest_of(fragment.sum).hex() == vector.out["sum_hex"]


@op("parse_fragment")
def check_parse_name(vector: Vector) -> None:
    """A path parses as the recorded fragment, or fails with the recorded text."""
    journal, path = vector.text("journal"), vector.text("path")
    vector.check_error(error_of(fragments.parse_name, journal, path))
    if vector.ok:
        parsed = fragments.parse_name(journal, path)
        assert fragments.same_fragment(parsed, vector.message())
        assert (parsed.begin, parsed.end) == (int(vector.out["begin"]), int(vector.out["end"]))
        assert parsed.path_postfix == vector.out["path_postfix"]
        assert CompressionCodec.Name(parsed.compression_codec) == vector.out["codec"]
        assert fragments.content_path(parsed) == vector.out["content_path"]

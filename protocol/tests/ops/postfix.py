"""Op about path postfix templates."""

from datetime import datetime

from protocol import fragments, postfix, validate
from protocol.postfix import GoTime
from protocol.tests.ops import op
from protocol.tests.ops.validation import error_of
from protocol.tests.ops.vector import Vector
from protocol.wire.messages import CompressionCodec, Fragment, JournalSpec, Label, LabelSet


@op("path_postfix_eval")
def check_evaluate(vector: Vector) -> None:
    """A template makes the recorded path, or fails with the recorded text."""
    spec, fragment = _spec(vector), _fragment(vector)
    registers = _labels(vector.input["registers"])
    time = _time(vector.input["first_append_time"])

    def path() -> str:
        fragment.path_postfix = postfix.evaluate(
            spec, fragment, registers=registers, first_append_time=time
        )
        return fragments.content_path(fragment)

    vector.check_error(error_of(path))
    if vector.ok:
        assert path() == vector.out["content_path"]
    assert (error_of(validate, spec.fragment) is None) == vector.out["spec_validates"]


def _fragment(vector: Vector) -> Fragment:
    given = vector.input
    return Fragment(
        journal=given["journal"],
        begin=int(given["begin"]),
        end=int(given["end"]),
        sum=fragments.sum_of(given["sum_of"].encode()),
        compression_codec=given["codec"],
    )


def _spec(vector: Vector) -> JournalSpec:
    """The specification of the recorder, of which vectors tell only some fields."""
    spec = JournalSpec(
        name=vector.input["journal"],
        replication=3,
        labels=_labels(vector.input["spec_labels"]),
        flags=JournalSpec.Flag.O_RDWR,
    )
    spec.fragment.length = 1 << 29
    spec.fragment.compression_codec = CompressionCodec.GZIP
    spec.fragment.stores.append("file:///")
    spec.fragment.refresh_interval.FromSeconds(60)
    spec.fragment.flush_interval.FromSeconds(3600)
    spec.fragment.path_postfix_template = vector.text("template")
    return spec


def _labels(given: list[tuple[str, str, bool]]) -> LabelSet:
    return LabelSet(
        labels=[Label(name=name, value=value, prefix=prefix) for name, value, prefix in given]
    )


def _time(text: str) -> GoTime:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return GoTime(datetime.fromisoformat(f"{whole}+00:00"), int(fraction.ljust(9, "0")))

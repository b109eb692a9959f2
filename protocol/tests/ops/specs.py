"""The op about specifications as YAML."""

from protocol.encoding import encode
from protocol.specs import SpecError, from_yaml, to_yaml
from protocol.tests.ops import op
from protocol.tests.ops.vector import Vector


@op("yaml_unmarshal")
def check_yaml(vector: Vector) -> None:
    """YAML is read and written again as recorded, or refused."""
    try:
        spec = from_yaml(vector.text("yaml"))
    except SpecError as error:
        vector.check_error(error, exact=False)
        return
    vector.check_error(None)
    assert encode(spec) == vector.wire
    assert to_yaml(spec) == vector.out["yaml"]

"""Ops about codecs: extensions, and files a broker wrote."""

from protocol import codecs
from protocol.tests.ops import op
from protocol.tests.ops.validation import error_of
from protocol.tests.ops.vector import Vector
from protocol.wire.messages import CompressionCodec


@op("codec_to_extension")
def check_to_extension(vector: Vector) -> None:
    """A codec has the recorded extension."""
    number = vector.input["number"]
    vector.check_error(error_of(codecs.extension_of, number))
    if vector.ok:
        assert codecs.extension_of(number) == vector.out


@op("codec_from_extension")
def check_from_extension(vector: Vector) -> None:
    """An extension is of the recorded codec, or unknown."""
    vector.check_error(error_of(codecs.codec_of_extension, vector.text()))
    if vector.ok:
        assert codecs.codec_of_extension(vector.text()) == vector.out["number"]


@op("codec_decode")
def check_decode(vector: Vector) -> None:
    """A file decodes to the recorded content, at once and byte by byte."""
    encoded = bytes.fromhex(vector.input["encoded_hex"])
    number = vector.input.get("codec_number")
    if number is None:
        number = CompressionCodec.Value(vector.input["codec"])

    vector.check_error(error_of(lambda: list(codecs.decode(number, [encoded]))))
    if vector.ok:
        for pieces in ([encoded], [bytes([byte]) for byte in encoded]):
            decoded = b"".join(codecs.decode(number, pieces))
            assert decoded.hex() == vector.out["content_hex"]

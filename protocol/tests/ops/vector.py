"""One recorded vector: what went in, and what the real implementation made of it."""

from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.message import Message

from protocol import ProtocolError
from protocol.wire import messages


def raw(data: bytes) -> str:
    """Returns `data` as text; bytes that are not UTF-8 survive as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def message_class(name: str) -> type[Message]:
    """Returns the message class of a name such as `protocol.Header.Etcd`."""
    found: Any = messages
    for part in name.removeprefix("protocol.").split("."):
        found = getattr(found, part)
    return cast("type[Message]", found)


@dataclass(frozen=True)
class Vector:
    """A recorded vector.

    Attributes:
        data: The whole line, decoded from JSON.
    """

    data: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name, such as `validate/Label/0003`."""
        return str(self.data["id"])

    @property
    def op(self) -> str:
        """The operation that was recorded."""
        return str(self.data["op"])

    @property
    def type(self) -> str:
        """The type of the input, as `protocol.Label` or `Journal`."""
        return str(self.data["type"])

    @property
    def rule(self) -> str | None:
        """The rule it shows, from either side."""
        return self.data.get("rule")

    @property
    def note(self) -> str:
        """A remark of the recorder."""
        return str(self.data.get("note", ""))

    @property
    def input(self) -> dict[str, Any]:
        """Arguments of the operation."""
        return dict(self.data.get("in", {}))

    @property
    def out(self) -> Any:
        """The recorded result; None if there was none."""
        return self.data.get("out")

    @property
    def ok(self) -> bool:
        """Tells whether the operation succeeded."""
        return bool(self.data.get("ok", True))

    @property
    def panics(self) -> bool:
        """Tells whether the real implementation crashed; any clean error will do instead."""
        return "panic" in self.data

    @property
    def error(self) -> str:
        """The recorded text of the error, exactly."""
        if "error_hex" in self.data:
            return raw(bytes.fromhex(self.data["error_hex"]))
        return str(self.data["error"])

    @property
    def wire(self) -> bytes:
        """The bytes of the message."""
        return bytes.fromhex(self.data["wire_hex"])

    def message(self, hex_key: str | None = None) -> Any:
        """Returns the message of `wire_hex`, or of the argument `hex_key`."""
        data = bytes.fromhex(self.input[hex_key]) if hex_key else self.wire
        return message_class(self.type).FromString(data)

    def text(self, key: str = "value") -> str:
        """Returns the argument `key`, a text that may be given as bytes in hexadecimal."""
        given = self.input
        return str(given[key]) if key in given else raw(bytes.fromhex(given[f"{key}_hex"]))

    def check_error(self, error: ProtocolError | None, *, exact: bool = True) -> None:
        """Asserts that `error` (None: success) is what was recorded.

        Its text must be the recorded one if `exact`; after a crash, any text will do.
        """
        if self.ok:
            assert error is None, f"must succeed, but: {error}"
            return
        assert error is not None, "must fail"
        if exact and not self.panics:
            assert str(error) == self.error

"""Enumerations: which numbers are accepted."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError
from protocol.releases import Release
from protocol.validate.rules import rules_of
from protocol.wire import messages as pb

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

RULES = (
    *rules_of("Status", "STATUS", ("", "it is a known status")),
    *rules_of("CompressionCodec", "CODEC", ("", "it is a known codec, and not INVALID")),
    *rules_of("JournalSpec.Flag", "FLAG", ("", "it is one single flag, or not specified")),
    *rules_of("JournalSpec.Suspend.Level", "SUSPENDLEVEL", ("", "it is a known level")),
    *rules_of("AppendRequest.Suspend", "APPENDSUSPEND", ("", "it is a known way to suspend")),
)


def enum_text(kind: "EnumTypeWrapper", number: int) -> str:
    """Returns the name of `number`, or its digits where it has none."""
    value = kind.DESCRIPTOR.values_by_number.get(number)
    return str(value.name) if value else str(number)


def validate_status(status: int) -> None:
    """Raises unless `status` is known."""
    if status not in pb.Status.DESCRIPTOR.values_by_number:
        raise ValidationError("VAL-STATUS-01", f"invalid status ({status})")


def validate_codec(codec: int) -> None:
    """Raises unless `codec` is known and not INVALID."""
    if codec == 0 or codec not in pb.CompressionCodec.DESCRIPTOR.values_by_number:
        text = enum_text(pb.CompressionCodec, codec)
        raise ValidationError("VAL-CODEC-01", f"invalid value ({text})")


def signed_flags(flags: int) -> int:
    """Returns a flags field as brokers hold it, a signed number of 32 bits."""
    low = flags & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def validate_flag(flags: int) -> None:
    """Raises unless `flags` is one flag; combinations are not accepted."""
    number = signed_flags(flags)
    if number not in pb.JournalSpec.Flag.DESCRIPTOR.values_by_number:
        raise ValidationError("VAL-FLAG-01", f"invalid combination ({number})")


def validate_suspend_level(level: int) -> None:
    """Raises unless `level` is known."""
    if level not in pb.JournalSpec.Suspend.Level.DESCRIPTOR.values_by_number:
        raise ValidationError("VAL-SUSPENDLEVEL-01", f"invalid Level variant ({level})")


def append_suspend_text(suspend: int, release: Release = Release.V0_101) -> str:
    """Returns the name that `release` has for `suspend`, or its digits."""
    if suspend == pb.AppendRequest.SUSPEND_KEEP and release is Release.V0_101:
        return str(suspend)
    return enum_text(pb.AppendRequest.Suspend, suspend)


def validate_append_suspend(suspend: int, release: Release = Release.V0_101) -> None:
    """Raises unless `suspend` is known to `release`."""
    if append_suspend_text(suspend, release) == str(suspend):
        raise ValidationError("VAL-APPENDSUSPEND-01", f"invalid Suspend variant ({suspend})")

"""Requests and responses of Append."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.releases import Release
from protocol.validate.enums import append_suspend_text, validate_append_suspend, validate_status
from protocol.validate.fragment import validate_fragment
from protocol.validate.header import validate_header
from protocol.validate.journal import validate_journal
from protocol.validate.label import validate_label_set, validate_selector
from protocol.validate.rules import rules_of
from protocol.wire.messages import Status

if TYPE_CHECKING:
    from protocol.wire.messages import AppendRequest, AppendResponse

RULES = (
    *rules_of(
        "AppendRequest",
        "APPENDREQ",
        ("header", "the header of a first message is absent or valid"),
        ("journal", "the journal of a first message is valid"),
        ("offset", "the offset is not negative"),
        ("content", "a first message has no content"),
        ("check_registers", "the selector of registers is absent or valid"),
        ("union_registers", "the labels to add are absent or valid"),
        ("subtract_registers", "the labels to remove are absent or valid"),
        ("suspend", "the way to suspend is known"),
        ("header", "a later message has no header"),
        ("do_not_proxy", "a later message does not forbid to proxy"),
        ("offset", "a later message has no offset"),
        ("check_registers", "a later message has no selector of registers"),
        ("union_registers", "a later message adds no registers"),
        ("subtract_registers", "a later message removes no registers"),
        ("suspend", "a later message has no way to suspend"),
    ),
    *rules_of(
        "AppendResponse",
        "APPENDRESP",
        ("status", "the status is known"),
        ("header", "the header is valid"),
        ("commit", "an OK response has a commit"),
        ("registers", "an OK response, or one of a register mismatch, has registers"),
        ("commit", "the commit is absent or valid"),
        ("registers", "the registers are absent or valid"),
    ),
)


def validate_append_request(request: "AppendRequest", release: Release = Release.V0_101) -> None:
    """Raises unless `request` is valid: as a first message if it names a journal."""
    if request.journal:
        _validate_first(request, release)
    else:
        _validate_later(request, release)


def _validate_first(request: "AppendRequest", release: Release) -> None:
    if request.HasField("header"):
        with within("Header", "VAL-APPENDREQ-01"):
            validate_header(request.header)
    with within("Journal", "VAL-APPENDREQ-02"):
        validate_journal(request.journal)
    if request.offset < 0:
        raise ValidationError(
            "VAL-APPENDREQ-03", f"invalid Offset ({request.offset}; expected >= 0)"
        )
    if request.content:
        raise ValidationError("VAL-APPENDREQ-04", "unexpected Content")
    with within("CheckRegisters", "VAL-APPENDREQ-05"):
        validate_selector(request.check_registers)
    with within("UnionRegisters", "VAL-APPENDREQ-06"):
        validate_label_set(request.union_registers)
    with within("SubtractRegisters", "VAL-APPENDREQ-07"):
        validate_label_set(request.subtract_registers)
    with within("Suspend", "VAL-APPENDREQ-08"):
        validate_append_suspend(request.suspend, release)


def _validate_later(request: "AppendRequest", release: Release) -> None:
    for rule, present, name in (
        ("VAL-APPENDREQ-09", request.HasField("header"), "Header"),
        ("VAL-APPENDREQ-10", request.do_not_proxy, "DoNotProxy"),
        ("VAL-APPENDREQ-11", request.offset, "Offset"),
        ("VAL-APPENDREQ-12", request.HasField("check_registers"), "CheckRegisters"),
        ("VAL-APPENDREQ-13", request.HasField("union_registers"), "UnionRegisters"),
        ("VAL-APPENDREQ-14", request.HasField("subtract_registers"), "SubtractRegisters"),
    ):
        if present:
            raise ValidationError(rule, f"unexpected {name}")
    if request.suspend:
        suspend = append_suspend_text(request.suspend, release)
        raise ValidationError(
            "VAL-APPENDREQ-15", f"unexpected Suspend ({suspend}; expected SUSPEND_RESUMED)"
        )


def validate_append_response(response: "AppendResponse") -> None:
    """Raises unless `response` is valid."""
    with within("Status", "VAL-APPENDRESP-01"):
        validate_status(response.status)
    with within("Header", "VAL-APPENDRESP-02"):
        validate_header(response.header)
    if response.status == Status.OK and not response.HasField("commit"):
        raise ValidationError("VAL-APPENDRESP-03", "expected Commit")
    tells_registers = response.status in {Status.OK, Status.REGISTER_MISMATCH}
    if tells_registers and not response.HasField("registers"):
        raise ValidationError("VAL-APPENDRESP-04", "expected Registers")
    if response.HasField("commit"):
        with within("Commit", "VAL-APPENDRESP-05"):
            validate_fragment(response.commit)
    with within("Registers", "VAL-APPENDRESP-06"):
        validate_label_set(response.registers)

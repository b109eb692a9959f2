"""What templates can refer to: the types of a spool and of a journal's specification.

There are two shapes. A specification is checked by evaluating its template over
`CHECKED`, where all is zero. A fragment that is persisted is evaluated over
`PERSISTED`, which differs: there fields of the spool are also at the top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.codecs import CodecError, extension_of
from protocol.fragments import digest_of
from protocol.journals import desired_replication, may_read, may_write, strip_meta
from protocol.postfix.errors import ValueProblem
from protocol.postfix.gotime import ZERO, GoTime
from protocol.postfix.times import DURATION, TIME
from protocol.postfix.values import (
    BOOL,
    INT,
    INT32,
    INT64,
    STRING,
    UINT8,
    UINT32,
    UINT64,
    GoType,
    Member,
    Shape,
    method,
    slice_of,
)
from protocol.text import compact_text, nanoseconds
from protocol.validate.enums import enum_text
from protocol.wire.messages import CompressionCodec, Fragment, JournalSpec, LabelSet


@dataclass(frozen=True, slots=True)
class Spooled:
    """The part of a spool that templates see."""

    fragment: Fragment
    registers: LabelSet
    first_append_time: GoTime = ZERO


@dataclass(frozen=True, slots=True)
class Data:
    """What a template is evaluated over."""

    spool: Spooled
    spec: JournalSpec


ZERO_DATA = Data(Spooled(Fragment(), LabelSet()), JournalSpec())


def _field(type_: GoType, name: str) -> Member:
    return Member(type_, lambda raw: getattr(raw, name))


def _struct(
    name: str,
    fields: Mapping[str, Member],
    *,
    embeds: tuple[str, ...] = (),
    methods: Mapping[str, Member] | None = None,
    action_text: Callable[[Any], str] | None = None,
    text: Callable[[Any], str] | None = None,
    unexported: tuple[str, ...] = (),
) -> GoType:
    """A struct type. Members of embedded fields are promoted, unless two of them clash."""
    own = {**fields, **(methods or {})}
    promoted: dict[str, Member | None] = {}
    for embedded in embeds:
        for inner, member in fields[embedded].type.members.items():
            promoted[inner] = None if inner in promoted else _through(fields[embedded], member)
    members = {inner: member for inner, member in promoted.items() if member is not None} | own
    return GoType(
        name,
        Shape.STRUCT,
        members,
        tuple(fields),
        text,
        action_text,
        problems={
            hidden: f"{hidden} is an unexported field of struct type {name}"
            for hidden in unexported
        },
    )


def _through(embedded: Member, member: Member) -> Member:
    def get(raw: Any, *arguments: Any) -> Any:
        return member.get(embedded.get(raw), *arguments)

    return Member(member.type, get, member.parameters, member.is_method)


def _enum(name: str, kind: Any, methods: Mapping[str, Member] | None = None) -> GoType:
    def text(raw: int) -> str:
        return enum_text(kind, raw)

    return GoType(name, Shape.INT, {"String": method(STRING, text), **(methods or {})}, text=text)


def _extension(codec: int) -> str:
    try:
        return extension_of(codec)
    except CodecError as error:
        raise ValueProblem(f"error calling ToExtension: {error}") from None


def _values(labels: LabelSet, name: str) -> list[str]:
    return [label.value for label in labels.labels if label.name == name]


JOURNAL = GoType("protocol.Journal", Shape.STRING, {"String": method(STRING, str)})
STRIPPED = {"StripMeta": method(JOURNAL, strip_meta)}
JOURNAL = GoType("protocol.Journal", Shape.STRING, {**JOURNAL.members, **STRIPPED})
STORE = GoType("protocol.FragmentStore", Shape.STRING)
CODEC = _enum(
    "protocol.CompressionCodec", CompressionCodec, {"ToExtension": method(STRING, _extension)}
)
FLAG = _enum(
    "protocol.JournalSpec_Flag",
    JournalSpec.Flag,
    {
        "MayRead": method(BOOL, may_read),
        "MayWrite": method(BOOL, may_write),
    },
)
LEVEL = _enum("protocol.JournalSpec_Suspend_Level", JournalSpec.Suspend.Level)

_STRING = {"String": method(STRING, compact_text)}
LABEL = _struct(
    "protocol.Label",
    {
        "Name": _field(STRING, "name"),
        "Value": _field(STRING, "value"),
        "Prefix": _field(BOOL, "prefix"),
    },
    methods=_STRING,
    action_text=compact_text,
)
_LABEL_SET_FIELDS = {"Labels": Member(slice_of(LABEL), lambda raw: list(raw.labels))}
_LABEL_SET_METHODS = {
    "ValueOf": method(STRING, lambda raw, name: next(iter(_values(raw, name)), ""), STRING),
    "ValuesOf": method(slice_of(STRING), _values, STRING),
}
LABEL_SET = _struct("protocol.LabelSet", _LABEL_SET_FIELDS, methods=_LABEL_SET_METHODS)
SUM = _struct(
    "protocol.SHA1Sum",
    {
        "Part1": _field(UINT64, "part1"),
        "Part2": _field(UINT64, "part2"),
        "Part3": _field(UINT32, "part3"),
    },
    methods={
        "IsZero": method(BOOL, lambda raw: not any(digest_of(raw))),
        "ToDigest": method(
            GoType("[20]uint8", Shape.SLICE, element=UINT8), lambda raw: list(digest_of(raw))
        ),
    },
)
FRAGMENT = _struct(
    "protocol.Fragment",
    {
        "Journal": _field(JOURNAL, "journal"),
        "Begin": _field(INT64, "begin"),
        "End": _field(INT64, "end"),
        "Sum": _field(SUM, "sum"),
        "CompressionCodec": _field(CODEC, "compression_codec"),
        "BackingStore": _field(STORE, "backing_store"),
        "ModTime": _field(INT64, "mod_time"),
        "PathPostfix": _field(STRING, "path_postfix"),
    },
)


def _duration(name: str) -> Member:
    return Member(DURATION, lambda raw: nanoseconds(getattr(raw, name)))


_SPEC_FRAGMENT = "protocol.JournalSpec_Fragment"
_SPEC_FRAGMENT_FIELDS = {
    "Length": _field(INT64, "length"),
    "CompressionCodec": _field(CODEC, "compression_codec"),
    "Stores": Member(slice_of(STORE), lambda raw: list(raw.stores)),
    "RefreshInterval": _duration("refresh_interval"),
    "Retention": _duration("retention"),
    "FlushInterval": _duration("flush_interval"),
    "PathPostfixTemplate": _field(STRING, "path_postfix_template"),
}


def _suspend(spec: JournalSpec) -> JournalSpec.Suspend | None:
    return spec.suspend if spec.HasField("suspend") else None


SUSPEND = GoType(
    "*protocol.JournalSpec_Suspend",
    Shape.POINTER,
    {
        "Level": _field(LEVEL, "level"),
        "Offset": _field(INT64, "offset"),
        "GetLevel": method(LEVEL, lambda raw: raw.level if raw else 0),
        "GetOffset": method(INT64, lambda raw: raw.offset if raw else 0),
    },
    text=compact_text,
)


def _spec_fields(label_set: GoType, fragment: GoType) -> dict[str, Member]:
    return {
        "Name": _field(JOURNAL, "name"),
        "Replication": _field(INT32, "replication"),
        "LabelSet": _field(label_set, "labels"),
        "Fragment": _field(fragment, "fragment"),
        "Flags": _field(FLAG, "flags"),
        "MaxAppendRate": _field(INT64, "max_append_rate"),
        "Suspend": Member(SUSPEND, _suspend),
    }


_CHECKED_SPEC = _struct(
    "protocol.JournalSpec",
    _spec_fields(LABEL_SET, _struct(_SPEC_FRAGMENT, _SPEC_FRAGMENT_FIELDS)),
    embeds=("LabelSet",),
)
_PERSISTED_SPEC = _struct(
    "*protocol.JournalSpec",
    _spec_fields(
        _struct(
            LABEL_SET.name,
            _LABEL_SET_FIELDS,
            methods={**_LABEL_SET_METHODS, **_STRING},
            action_text=compact_text,
        ),
        _struct(_SPEC_FRAGMENT, _SPEC_FRAGMENT_FIELDS, methods=_STRING, action_text=compact_text),
    ),
    embeds=("LabelSet",),
    methods={
        **_STRING,
        "DesiredReplication": method(INT, desired_replication),
    },
    text=compact_text,
)
_FIRST_APPEND_TIME = _field(TIME, "first_append_time")
_REGISTERS = _field(LABEL_SET, "registers")
_CHECKED_SPOOL = _struct(
    "struct { protocol.Fragment; FirstAppendTime time.Time; Registers protocol.LabelSet }",
    {
        "Fragment": _field(FRAGMENT, "fragment"),
        "FirstAppendTime": _FIRST_APPEND_TIME,
        "Registers": _REGISTERS,
    },
    embeds=("Fragment",),
)
_FILE = GoType("fragment.File", Shape.POINTER)
_LOCAL_FRAGMENT = _struct(
    "fragment.Fragment",
    {
        "Fragment": Member(FRAGMENT, lambda raw: raw),
        "File": Member(_FILE, lambda _: None),
    },
    embeds=("Fragment",),
)


def _spool_text(spool: Spooled) -> str:
    fragment, registers = compact_text(spool.fragment), compact_text(spool.registers)
    return f"Spool<Fragment: {fragment}, Registers: {registers}, delta: 0>"


_PERSISTED_SPOOL = _struct(
    "fragment.Spool",
    {
        "Fragment": _field(_LOCAL_FRAGMENT, "fragment"),
        "FirstAppendTime": _FIRST_APPEND_TIME,
        "Registers": _REGISTERS,
    },
    embeds=("Fragment",),
    methods={"String": method(STRING, _spool_text)},
    text=_spool_text,
    unexported=(
        "compressedFile",
        "compressedLength",
        "compressor",
        "delta",
        "summer",
        "sumState",
        "observer",
    ),
)
CHECKED = _struct(
    f"struct {{ Spool {_CHECKED_SPOOL.name}; protocol.JournalSpec }}",
    {"Spool": _field(_CHECKED_SPOOL, "spool"), "JournalSpec": _field(_CHECKED_SPEC, "spec")},
    embeds=("JournalSpec",),
)
PERSISTED = _struct(
    "struct { fragment.Spool; *protocol.JournalSpec }",
    {"Spool": _field(_PERSISTED_SPOOL, "spool"), "JournalSpec": _field(_PERSISTED_SPEC, "spec")},
    embeds=("Spool", "JournalSpec"),
)

"""Specifications of journals as YAML, the form in which operators write them.

Keys are read strictly: an unknown or repeated one is an error.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from protocol.errors import ProtocolError
from protocol.text import duration_text, nanoseconds, parse_duration
from protocol.validate.enums import enum_text, signed_flags
from protocol.wire.messages import CompressionCodec, JournalSpec

_OCTAL = re.compile(r"[+-]?0[0-7]+", re.ASCII)
_FLOAT = re.compile(
    r"[+-]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+|0[0-9]*[89][0-9]*)",
    re.ASCII,
)
_TRUTH = {
    form(word): truth
    for truth, words in ((True, ("y", "yes", "on", "true")), (False, ("n", "no", "off", "false")))
    for word in words
    for form in (str.lower, str.capitalize, str.upper)
}
Reader = Callable[[Any, str, yaml.Node], None]


class SpecError(ProtocolError):
    """A text is not the YAML of a specification; it is told in which line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


def from_yaml(text: str) -> JournalSpec:
    """Returns the specification that `text` holds; it need not be valid.

    Raises:
        SpecError: `text` is no YAML, or has keys or values that a specification has not.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SpecError(line, f"not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise SpecError(1, f"not YAML: {error}") from None
    return JournalSpec() if root is None else from_node(root)


def from_node(node: yaml.Node) -> JournalSpec:
    """Returns the specification that a part of a YAML document holds; it need not be valid.

    Raises:
        SpecError: It has keys or values that a specification has not.
    """
    spec = JournalSpec()
    _read_mapping(spec, node, _SPEC)
    return spec


def _fail(node: yaml.Node, reason: str) -> ProtocolError:
    return SpecError(node.start_mark.line + 1, reason)


def _read_mapping(message: Any, node: yaml.Node, readers: dict[str, Reader]) -> None:
    if _is_null(node):
        return
    if not isinstance(node, yaml.MappingNode):
        raise _fail(node, f"expected a mapping, not {_shown(node)}")
    seen = set()
    for key, value in node.value:
        name = _scalar(key)
        if name not in readers:
            raise _fail(key, f"unknown key {name!r}; known are {', '.join(readers)}")
        if name in seen:
            raise _fail(key, f"repeated key {name!r}")
        seen.add(name)
        if not _is_null(value):
            readers[name](message, name, value)


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _shown(node: yaml.Node) -> str:
    return repr(node.value) if isinstance(node, yaml.ScalarNode) else "a list or mapping"


def _scalar(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _fail(node, f"expected a single value, not {_shown(node)}")
    text = str(node.value)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise _fail(node, f"an escape tells half a character: {text!r}")
    return text


def _number(node: yaml.Node) -> int | None:
    """Returns the number that `node` is to a broker's tools, without its fraction."""
    text = _scalar(node)
    return _number_of(text) if _is_plain(node) or node.tag.endswith(":int") else None


def _is_plain(node: Any) -> bool:
    return node.style is None


def _number_of(text: str) -> int | None:
    text = text.replace("_", "")
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    if _FLOAT.fullmatch(text):
        return int(float(text)) if abs(float(text)) < 1 << 64 else None
    try:
        return int(text, 0) if text.isascii() else None
    except ValueError:
        return None


def _set(message: Any, name: str, node: yaml.Node, value: Any) -> None:
    try:
        setattr(message, name, value)
    except ValueError:
        raise _fail(node, f"{name} is out of range: {_shown(node)}") from None


def _integer(message: Any, name: str, node: yaml.Node) -> None:
    value = _number(node)
    if value is None:
        raise _fail(node, f"{name} must be an integer, not {_shown(node)}")
    _set(message, name, node, value)


def _string(message: Any, name: str, node: yaml.Node) -> None:
    setattr(message, name, _scalar(node))


def _boolean(message: Any, name: str, node: yaml.Node) -> None:
    value = _TRUTH.get(_scalar(node))
    if value is None or not _is_plain(node):
        raise _fail(node, f"{name} must be true or false, not {_shown(node)}")
    setattr(message, name, value)


def _duration(message: Any, name: str, node: yaml.Node) -> None:
    nanos = _number(node)
    if nanos is None:
        nanos = parse_duration(_scalar(node))
    if nanos is None or not -(1 << 63) <= nanos < 1 << 63:
        raise _fail(node, f"{name} must be a duration such as 1h30m, not {_shown(node)}")
    getattr(message, name).FromNanoseconds(nanos)


def _codec(message: Any, name: str, node: yaml.Node) -> None:
    setattr(message, name, _named(CompressionCodec, name, node))


def _named(kind: Any, name: str, node: yaml.Node) -> int:
    known = dict(kind.items())
    if _scalar(node) not in known:
        raise _fail(node, f"{name} must be one of {', '.join(known)}, not {_shown(node)}")
    return int(known[node.value])


def _enum(kind: Any) -> Reader:
    def read(message: Any, name: str, node: yaml.Node) -> None:
        number = _number(node)
        if number is None:
            number = _named(kind, name, node)
        if not -(1 << 63) <= number < 1 << 63:
            raise _fail(node, f"{name} is out of range: {_shown(node)}")
        setattr(message, name, number & 0xFFFFFFFF if name == "flags" else signed_flags(number))

    return read


def _items(name: str, node: yaml.Node) -> Iterator[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise _fail(node, f"{name} must be a list, not {_shown(node)}")
    return iter(node.value)


def _strings(message: Any, name: str, node: yaml.Node) -> None:
    items = _items(name, node)
    getattr(message, name).extend("" if _is_null(item) else _scalar(item) for item in items)


def _labels(message: Any, name: str, node: yaml.Node) -> None:
    for item in _items(name, node):
        _read_mapping(message.labels.labels.add(), item, _LABEL)


def _nested(readers: dict[str, Reader]) -> Reader:
    def read(message: Any, name: str, node: yaml.Node) -> None:
        nested = getattr(message, name)
        nested.SetInParent()
        _read_mapping(nested, node, readers)

    return read


_LABEL: dict[str, Reader] = {"name": _string, "value": _string, "prefix": _boolean}
_FRAGMENT: dict[str, Reader] = {
    "length": _integer,
    "compression_codec": _codec,
    "stores": _strings,
    "refresh_interval": _duration,
    "retention": _duration,
    "flush_interval": _duration,
    "path_postfix_template": _string,
}
_SUSPEND: dict[str, Reader] = {
    "level": _enum(JournalSpec.Suspend.Level),
    "offset": _integer,
}
_SPEC: dict[str, Reader] = {
    "name": _string,
    "replication": _integer,
    "labels": _labels,
    "fragment": _nested(_FRAGMENT),
    "flags": _enum(JournalSpec.Flag),
    "max_append_rate": _integer,
    "suspend": _nested(_SUSPEND),
}


def to_yaml(spec: JournalSpec) -> str:
    """Returns `spec` as YAML, without what is unset."""
    return yaml.dump(
        _present(
            name=spec.name,
            replication=spec.replication,
            labels=[_label_form(label) for label in spec.labels.labels],
            fragment=_fragment_form(spec.fragment),
            flags=_flags_form(spec.flags),
            max_append_rate=spec.max_append_rate,
        )
        | _suspend_form(spec),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=1 << 30,
    )


class _Dumper(yaml.SafeDumper):
    """Quotes a text with double quotes if it would be read as something else without."""

    def choose_scalar_style(self) -> str:
        event: Any = self.event
        needs_quotes = not event.implicit[0] or _is_ambiguous(event.value)
        if event.tag.endswith(":str") and needs_quotes:
            return '"'
        return str(super().choose_scalar_style())


def _is_ambiguous(text: str) -> bool:
    """Tells whether `text` would be read as something else if it were plain."""
    return _number_of(text) is not None or text in _TRUTH or "\n" in text


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _label_form(label: Any) -> dict[str, Any]:
    return {"name": label.name, "value": label.value, **_present(prefix=label.prefix)}


def _fragment_form(fragment: JournalSpec.Fragment) -> dict[str, Any]:
    codec = fragment.compression_codec
    return _present(
        length=fragment.length,
        compression_codec=enum_text(CompressionCodec, codec) if codec else None,
        stores=list(fragment.stores),
        refresh_interval=_duration_form(fragment.refresh_interval),
        retention=_duration_form(fragment.retention),
        flush_interval=_duration_form(fragment.flush_interval),
        path_postfix_template=fragment.path_postfix_template,
    )


def _duration_form(duration: Any) -> str | None:
    nanos = nanoseconds(duration)
    return duration_text(nanos) if nanos else None


def _flags_form(flags: int) -> str | int | None:
    number = signed_flags(flags)
    return _enum_form(JournalSpec.Flag, number)


def _enum_form(kind: Any, number: int) -> str | int | None:
    if number not in kind.DESCRIPTOR.values_by_number:
        return number
    return enum_text(kind, number) if number else None


def _suspend_form(spec: JournalSpec) -> dict[str, Any]:
    if not spec.HasField("suspend"):
        return {}
    level = _enum_form(JournalSpec.Suspend.Level, spec.suspend.level)
    return {"suspend": _present(level=level, offset=spec.suspend.offset)}

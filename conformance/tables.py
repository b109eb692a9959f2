"""Reads one table of a configuration file into a dataclass, strictly."""

import datetime as dt
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Protocol

import yaml

from conformance.errors import ConfigurationError


class _Dataclass(Protocol):
    __dataclass_fields__: typing.ClassVar[dict[str, Any]]


T = typing.TypeVar("T", bound=_Dataclass)


def read_document(path: Path) -> dict[str, Any]:
    """The content of a TOML or YAML file, whose outermost level is a mapping.

    Raises:
        ConfigurationError: the file cannot be read, or is neither.
    """
    try:
        content = path.read_text(encoding="utf-8")
        yaml_file = path.suffix in {".yaml", ".yml"}
        document = yaml.safe_load(content) if yaml_file else tomllib.loads(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(" ".join(reason.split()), path=path) from None
    if not isinstance(document, dict):
        raise ConfigurationError("must hold keys with values", path=path)
    return document


def build(kind: type[T], table: Any) -> T:
    """An instance of the dataclass `kind` from the keys of `table`.

    Raises:
        ValueError: a key is unknown, missing, or has a value of the wrong type.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{table!r} is no table of keys")  # noqa: TRY004 - told as one bad value
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(str(key) for key in table if key not in known):
        raise ValueError(f"unknown key {unknown[0]!r} (known are {', '.join(sorted(known))})")
    for name, field in known.items():
        if name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"lacks the key {name!r}")
    hints = typing.get_type_hints(kind)
    return kind(**{key: _value(key, hints[key], value) for key, value in table.items()})


def _value(key: str, hint: Any, value: Any) -> Any:
    wanted = typing.get_args(hint) if typing.get_origin(hint) is types.UnionType else (hint,)
    for each in wanted:
        if typing.get_origin(each) is tuple and isinstance(value, list):
            return tuple(_value(key, typing.get_args(each)[0], item) for item in value)
        if each in {str, int, dt.date} and type(value) is each:
            return value
    raise ValueError(f"{key} has a value of the wrong type: {value!r}")

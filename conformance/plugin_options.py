"""The options of `pytest --pyargs conformance`, and the settings that they ask for."""

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any

import click
import pytest

from conformance.access import EVERYTHING
from conformance.errors import ConfigurationError
from conformance.launch import LaunchPlan
from conformance.options import IN_USE_OPTIONS, access_of, caps_of
from conformance.session import aimed
from conformance.settings import Settings, from_json, new_run_id, new_seed
from conformance.target import TargetSpec

PREFIX = "--gazette-"


def add_options(parser: pytest.Parser) -> None:
    """Registers the options; those for brokers in use are the ones of the command."""
    group = parser.getgroup("gazette", "gazette-conformance")
    group.addoption(
        "--gazette-target", action="append", default=[], metavar="HOST:PORT", help="broker to test"
    )
    group.addoption("--gazette-profile", metavar="NAME", help="what is asked of the broker")
    group.addoption("--gazette-auth-key", metavar="B64", help="key to sign tokens with")
    group.addoption("--gazette-token", metavar="T", help="token to send with each call")
    group.addoption("--gazette-file-root", metavar="DIR", help="directory behind file stores")
    group.addoption(
        "--gazette-brokers", type=int, default=1, metavar="N", help="brokers of the launched mock"
    )
    group.addoption(
        "--gazette-select", action="append", default=[], metavar="PATTERN", help="ids to check"
    )
    group.addoption("--gazette-seed", type=int, metavar="N", help="seed of names and examples")
    group.addoption("--gazette-settings", help="all of a run's settings, as the CLI hands over")
    for name, words in IN_USE_OPTIONS.items():
        group.addoption(name.replace("--", PREFIX), **_as_pytest(words))


def settings_of(option: Any) -> Settings:
    """The settings that parsed options ask for; an external target is reached for them.

    Raises:
        ConfigurationError: options contradict each other, or choose nothing.
        TargetError: the target cannot be reached.
    """
    if option.gazette_settings:
        return from_json(option.gazette_settings)
    asked = asked_of(option)
    access = access_of(asked)
    if access != EVERYTHING and not option.gazette_target:
        raise ConfigurationError(f"--{access} needs a --target")
    seed = new_seed() if option.gazette_seed is None else option.gazette_seed
    settings = Settings(
        seed=seed,
        run_id=new_run_id(seed),
        profile=option.gazette_profile or ("contract" if option.gazette_target else "mock"),
        launch=LaunchPlan(brokers=option.gazette_brokers),
        select=tuple(option.gazette_select),
        access=access,
        chosen_by=asked["journals"],
        caps=caps_of(asked, access),
    )
    return aimed(settings, _external(option)) if option.gazette_target else settings


def asked_of(option: Any) -> dict[str, Any]:
    """What parsed options ask for brokers in use, by the names that the command has for it."""
    names = (name.removeprefix("--").replace("-", "_") for name in IN_USE_OPTIONS)
    asked = {name: getattr(option, f"gazette_{name}") for name in names}
    return {**asked, "allow_destructive": False}


def as_told(error: object) -> str:
    """The sentence of an error, with options named as they are here."""
    return _NAMED.sub(PREFIX, str(error))


_NAMED = re.compile(rf"--(?={'|'.join(name[2:] for name in (*IN_USE_OPTIONS, '--target'))}\b)")


def _as_pytest(words: Mapping[str, Any]) -> dict[str, Any]:
    """What click is told of an option, as pytest is told."""
    told: dict[str, Any] = {"help": as_told(words["help"])}
    if words.get("is_flag"):
        return {**told, "action": "store_true"}
    if kind := words.get("type"):
        told["type"] = _reader(kind)
    return {**told, "metavar": words.get("metavar", "N")}


def _reader(kind: click.ParamType[Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return kind.convert(text, None, None)
        except click.BadParameter as error:
            raise argparse.ArgumentTypeError(error.message) from None

    return read


def _external(option: Any) -> TargetSpec:
    return TargetSpec(
        kind="external",
        addresses=tuple(option.gazette_target),
        auth_key=option.gazette_auth_key,
        token=option.gazette_token,
        file_root=option.gazette_file_root,
    )

"""The options of `run` for brokers in use, and what they ask for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import click

from conformance.access import EVERYTHING, NO_APPLY, READ_ONLY
from conformance.errors import ConfigurationError
from conformance.limits import IN_USE, Caps

Command = TypeVar("Command", bound=Callable[..., Any])

UNITS = {"": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
CAPS = {"max_journals": "journals", "max_bytes": "bytes", "max_calls_per_second": "calls"}
"""By option, the cap that it sets."""


class Size(click.ParamType[int]):
    """A number of bytes, plain or with a unit, such as `64MiB`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        found = re.fullmatch(r"(\d{1,15})\s*([KMG]iB|)", str(value), re.IGNORECASE | re.ASCII)
        if found is None or not int(found[1]):
            self.fail(f"{value!r} is no size, such as 1048576, 512KiB, 64MiB or 2GiB", param, ctx)
        return int(found[1]) * UNITS[found[2].upper()]


IN_USE_OPTIONS: dict[str, dict[str, Any]] = {
    "--read-only": {"is_flag": True, "help": "Send nothing that changes the target."},
    "--no-apply": {"is_flag": True, "help": "Change no journals; append to --journals only."},
    "--journals": {
        "metavar": "SELECTOR",
        "help": "Of the target's journals, those to look at (as prefix=acme/); with --no-apply,"
        " those to append to.",
    },
    "--max-journals": {
        "type": click.IntRange(1),
        "help": f"How many of them; {IN_USE.journals} unless told.",
    },
    "--max-bytes": {
        "type": Size(),
        "help": "Content read and appended, as 64MiB, which it is with --read-only and --no-apply.",
    },
    "--max-calls-per-second": {
        "type": click.FloatRange(0.1, 1e6),
        "metavar": "N",
        "help": f"{IN_USE.calls:g} unless told, with --read-only and --no-apply.",
    },
}
"""By name, what click is told of an option; the pytest plugin has the same ones."""


def in_use_options(command: Command) -> Command:
    """Adds the options for brokers in use to a command."""
    for name, words in reversed(IN_USE_OPTIONS.items()):
        command = click.option(name, **words)(command)
    return command


def access_of(asked: Mapping[str, Any]) -> str:
    """How far the options let a run reach.

    Raises:
        ConfigurationError: they contradict each other.
    """
    if asked["read_only"] and asked["no_apply"]:
        raise ConfigurationError("--read-only does not go with --no-apply")
    access = READ_ONLY if asked["read_only"] else NO_APPLY if asked["no_apply"] else EVERYTHING
    if access == EVERYTHING:
        for name in ("journals", "max_journals"):
            if asked[name] is not None:
                raise ConfigurationError(
                    f"--{name.replace('_', '-')} goes with --read-only or --no-apply"
                )
    elif asked["allow_destructive"]:
        raise ConfigurationError(f"--allow-destructive does not go with --{access}")
    if asked["journals"] is not None and not asked["journals"].strip():
        raise ConfigurationError("--journals is empty")
    if access == NO_APPLY and asked["journals"] is None:
        raise ConfigurationError("--no-apply needs --journals, the journals it may append to")
    return access


def caps_of(asked: Mapping[str, Any], access: str) -> Caps:
    """The caps of a run: as told, else those of its access."""
    told = {cap: asked[name] for name, cap in CAPS.items() if asked[name] is not None}
    return replace(Caps() if access == EVERYTHING else IN_USE, **told)

"""Rules from a YAML file.

```yaml
seed: 7
rules:
  - name: flaky primary
    rpc: Append
    journal: acme/*
    nth: [2, 4]
    action: {error: {code: UNAVAILABLE}}
  - fault: lost-ack
    journal: acme/orders
    times: 1
```

A rule has an `action` (or `actions`, one after the other) or names a `fault` of the
catalogue, with its parameters under `with`. Anything unknown is an error that says where.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml

from mockbroker.faults import catalogue
from mockbroker.faults.answers import Error, Status
from mockbroker.faults.cuts import Cut, Drop, Truncate
from mockbroker.faults.fetch import Fetch
from mockbroker.faults.payload import Corrupt, Garbage, Insert, Mutate, Pad, Split
from mockbroker.faults.rule import Action, FaultError, Match, Rule
from mockbroker.faults.timing import Delay, Stall
from protocol.errors import ProtocolError

ACTIONS: dict[str, Callable[..., Action]] = {
    "corrupt": Corrupt,
    "cut": Cut,
    "delay": Delay,
    "drop": Drop,
    "error": Error,
    "fetch": Fetch,
    "garbage": Garbage,
    "insert": Insert,
    "mutate": Mutate,
    "pad": Pad,
    "split": Split,
    "stall": Stall,
    "status": Status,
    "truncate": Truncate,
}
"""Actions by the name a scenario gives them."""

_SHORT = {
    "fetch": "code",
    "status": "status",
    "truncate": "bytes",
    "delay": "seconds",
    "error": "code",
}
"""The field that is meant where an action is given a plain value."""

_MATCH = tuple(field.name for field in fields(Match))
_RULE = ("name", *_MATCH, "times", "seconds", "action", "fault", "with")
_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "rpc": (str,),
    "journal": (str,),
    "broker": (int,),
    "proxied": (bool,),
    "nth": (int, list),
    "probability": (int, float),
    "times": (int,),
    "seconds": (int, float),
    "fault": (str,),
    "with": (dict,),
    "seed": (int,),
    "rules": (list,),
}


_NUMBERS: dict[Any, tuple[Any, ...]] = {float: (int, float)}
_T = TypeVar("_T")


class ScenarioError(ProtocolError):
    """A scenario file says something that is no rule.

    Attributes:
        place: File, line and column of it, as `file:line:column`.
    """

    def __init__(self, place: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}", hint=hint)
        self.place = place


@dataclass(frozen=True)
class Scenario:
    """What a file says.

    Attributes:
        rules: The rules, in order.
        seed: Of all chance.
    """

    rules: tuple[Rule, ...]
    seed: int = 0


def load_scenario(path: Path) -> Scenario:
    """The scenario in the file `path`. Raises ScenarioError where it says what it must not."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ScenarioError(str(path), f"cannot be read: {error}") from error
    return read_scenario(text, str(path))


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """The scenario `text`; errors say `source` is its file."""
    return _Reader(source).scenario(text)


class _Reader:
    """Reads nodes, which know their line, into rules."""

    def __init__(self, source: str) -> None:
        self._source = source

    def scenario(self, text: str) -> Scenario:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{self._source}:{mark.line + 1}:{mark.column + 1}" if mark else self._source
            raise ScenarioError(place, str(getattr(error, "problem", error))) from error
        if root is None:
            return Scenario(())
        entries = self._mapping(root, ("seed", "rules"))
        seed = self._value(entries["seed"], "seed") if "seed" in entries else 0
        rules = entries.get("rules")
        if rules is not None and not isinstance(rules, yaml.SequenceNode):
            raise self._error(rules, "`rules` is a list")
        return Scenario(tuple(self._rule(n) for n in (rules.value if rules else ())), seed)

    def _rule(self, node: yaml.Node) -> Rule:
        entries = self._mapping(node, _RULE)
        if ("action" in entries) == ("fault" in entries):
            raise self._error(node, "a rule has either an `action` or a `fault`")
        given = {key: self._value(value, key) for key, value in entries.items() if key != "action"}
        wanted: dict[str, Any] = {}
        if "fault" in given:
            wanted = dict(self._at(entries["fault"], lambda: catalogue.entry(given["fault"])).match)
        wanted |= {key: given[key] for key in _MATCH if key in given}
        if isinstance(wanted.get("nth"), list):
            wanted["nth"] = self._span(entries["nth"], wanted["nth"])
        return self._at(
            node,
            lambda: Rule(
                match=Match(**wanted),
                action=self._action(entries, given),
                name=given.get("name") or given.get("fault") or f"line {_line(node)}",
                times=given.get("times"),
                seconds=given.get("seconds"),
            ),
        )

    def _action(self, entries: Mapping[str, yaml.Node], given: Mapping[str, Any]) -> Action:
        if "fault" in given:
            node = entries.get("with", entries["fault"])
            return self._at(node, lambda: catalogue.make(given["fault"], **given.get("with", {})))
        if "with" in given:
            raise self._error(entries["with"], "`with` goes with a `fault`, not an `action`")
        node = entries["action"]
        if isinstance(node, yaml.ScalarNode):
            return self._made(node, node.value, None)
        named = self._mapping(node, tuple(ACTIONS))
        if len(named) != 1:
            raise self._error(node, "an `action` is one action")
        return self._made(node, *next(iter(named.items())))

    def _made(self, node: yaml.Node, name: str, value: yaml.Node | None) -> Action:
        if name not in ACTIONS:
            raise self._unknown(node, "action", name, tuple(ACTIONS))
        make: Any = ACTIONS[name]
        allowed = tuple(f.name for f in fields(make) if f.name != "change")
        if value is None:
            arguments: dict[str, Any] = {}
        elif isinstance(value, yaml.MappingNode):
            self._mapping(value, allowed)
            arguments = _plain(value)
        elif name in _SHORT:
            arguments = {_SHORT[name]: _plain(value)}
        else:
            raise self._error(value, f"`{name}` takes {', '.join(allowed)}")
        self._check(value or node, make, arguments)
        made: Action = self._at(value or node, lambda: make(**arguments))
        return made

    def _check(self, node: yaml.Node, make: Any, arguments: dict[str, Any]) -> None:
        """Raises where an argument is of another kind than its field."""
        for field in fields(make):
            kinds = _NUMBERS.get(field.type, (field.type,))
            value = arguments.get(field.name)
            plain = field.type in {int, float, str, bool} and value is not None
            if plain and (type(value) not in kinds):
                raise self._error(node, f"`{field.name}` cannot be {value!r}")

    def _span(self, node: yaml.Node, value: list[Any]) -> tuple[int, int]:
        if len(value) != 2 or not all(type(item) is int for item in value):
            raise self._error(node, "`nth` is a number, or a first and a last one")
        return value[0], value[1]

    def _mapping(self, node: yaml.Node, allowed: tuple[str, ...]) -> dict[str, yaml.Node]:
        """The entries of a mapping that may have certain keys, each once."""
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"expected a mapping with {', '.join(allowed)}")
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in allowed:
                raise self._unknown(key, "key", str(key.value), allowed)
            if key.value in entries:
                raise self._error(key, f"key {key.value!r} is given twice")
            entries[key.value] = value
        return entries

    def _value(self, node: yaml.Node, key: str) -> Any:
        value, kinds = _plain(node), _KINDS[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            names = " or ".join(kind.__name__ for kind in kinds)
            raise self._error(node, f"`{key}` is {names}, not {value!r}")
        return value

    def _at(self, node: yaml.Node, make: Callable[[], _T]) -> _T:
        """What `make` makes, its errors placed at `node`."""
        try:
            return make()
        except FaultError as error:
            raise ScenarioError(self._place(node), str(error), hint=error.hint) from error
        except TypeError as error:
            raise self._error(node, str(error).split(") ")[-1]) from error

    def _unknown(
        self, node: yaml.Node, what: str, name: str, allowed: tuple[str, ...]
    ) -> Exception:
        near = get_close_matches(name, allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(allowed)}"
        return ScenarioError(self._place(node), f"unknown {what} {name!r}", hint=hint)

    def _error(self, node: yaml.Node, message: str) -> ScenarioError:
        return ScenarioError(self._place(node), message)

    def _place(self, node: yaml.Node) -> str:
        return f"{self._source}:{_line(node)}:{node.start_mark.column + 1}"


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line + 1
    return line


def _plain(node: yaml.Node) -> Any:
    """The value of a node, in plain Python types."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()

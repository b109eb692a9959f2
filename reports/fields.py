"""Checked access to the fields of one JSON object, so that bad input is named by its path."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

from reports.errors import MalformedError

T = TypeVar("T", bound=str)


class Fields:
    """The fields of one object at `path` within line `line` of `source`.

    Every method raises `MalformedError` with the path of the field if it is missing or of
    another kind. Unknown fields are never looked at.
    """

    def __init__(self, value: Mapping[str, Any], *, source: str, line: int, path: str = "") -> None:
        self._value = value
        self._source = source
        self._line = line
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def fail(self, name: str, problem: str) -> MalformedError:
        """Return the error that says `problem` about the field `name`."""
        path = f"{self._path}.{name}" if self._path else name
        return MalformedError(f"{path} {problem}", source=self._source, line=self._line)

    def text(self, name: str) -> str:
        """Return a string."""
        found: str = self._of(name, str, "a string")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        items = self._of(name, list, "a list")
        if not all(isinstance(item, str) for item in items):
            raise self.fail(name, "is not a list of strings")
        return tuple(items)

    def table(self, name: str) -> dict[str, str]:
        """Return an object whose values, whatever they are, are told as text."""
        items: dict[str, Any] = self._of(name, dict, "an object")
        return {key: item if isinstance(item, str) else repr(item) for key, item in items.items()}

    def choice(self, name: str, choices: tuple[T, ...]) -> T:
        """Return the one of `choices` that the field names."""
        found = self.text(name)
        for choice in choices:
            if choice == found:
                return choice
        raise self.fail(name, f"is {found!r} and not one of {', '.join(choices)}")

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        found: bool = self._of(name, bool, "true or false")
        return found

    def whole(self, name: str) -> int:
        """Return a whole number that is not negative."""
        found: int = self._of(name, int, "a whole number")
        if isinstance(found, bool) or found < 0:
            raise self.fail(name, "is not a whole number of 0 or more")
        return found

    def seconds(self, name: str) -> float:
        """Return a finite duration in seconds that is not negative."""
        found = self._of(name, int | float, "a number")
        try:
            seconds = float(found)
        except OverflowError:
            seconds = math.inf
        if isinstance(found, bool) or not math.isfinite(seconds) or seconds < 0:
            raise self.fail(name, "is not a number of seconds of 0 or more")
        return seconds

    def time(self, name: str) -> datetime:
        """Return an ISO 8601 time that names its zone."""
        found = self.text(name)
        try:
            time = datetime.fromisoformat(found)
        except ValueError:
            time = None
        if time is None or time.tzinfo is None:
            raise self.fail(name, f"is not an ISO 8601 time with a zone: {found!r}")
        return time

    def values(self, name: str) -> list[Any]:
        """Return a list of JSON values of any kind."""
        found: list[Any] = self._of(name, list, "a list")
        return found

    def object(self, name: str) -> Self:
        """Return an object."""
        return self._child(self._of(name, dict, "an object"), name)

    def objects(self, name: str) -> Iterator[Self]:
        """Yield the objects of a list."""
        for index, item in enumerate(self._of(name, list, "a list")):
            if not isinstance(item, dict):
                raise self.fail(f"{name}[{index}]", "is not an object")
            yield self._child(item, f"{name}[{index}]")

    def _child(self, value: Mapping[str, Any], name: str) -> Self:
        path = f"{self._path}.{name}" if self._path else name
        return type(self)(value, source=self._source, line=self._line, path=path)

    def _of(self, name: str, kind: Any, kind_name: str) -> Any:
        if name not in self._value:
            raise self.fail(name, "is missing")
        found = self._value[name]
        if not isinstance(found, kind):
            raise self.fail(name, f"is not {kind_name}")
        return found

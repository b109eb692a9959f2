"""Times in UTC, formatted by layouts that show a reference time as Go has it.

The reference is `Mon Jan 2 15:04:05 2006`: a layout such as `2006-01-02` says how
that time would look, and any other time is made to look alike.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_BILLION = 10**9


@dataclass(frozen=True, order=True, slots=True)
class GoTime:
    """A time of years 1 through 9999.

    Attributes:
        moment: The time in UTC, in whole seconds.
        nanos: Nanoseconds after it.
    """

    moment: datetime
    nanos: int = 0

    @classmethod
    def at(cls, seconds: float) -> Self:
        """The time that many seconds after the epoch."""
        whole = math.floor(seconds)
        return cls.at_nanos(whole * _BILLION + int((seconds - whole) * _BILLION))

    @classmethod
    def at_nanos(cls, nanos: int) -> Self:
        """The time that many nanoseconds after the epoch."""
        return cls(
            datetime.fromtimestamp(0, UTC) + timedelta(seconds=nanos // _BILLION), nanos % _BILLION
        )

    @property
    def unix_nanos(self) -> int:
        """Nanoseconds since the epoch."""
        return (self.moment - datetime.fromtimestamp(0, UTC)) // timedelta(
            seconds=1
        ) * _BILLION + self.nanos

    @property
    def weekday(self) -> int:
        """The day of the week, from 0 for Sunday."""
        return self.moment.isoweekday() % 7

    @property
    def year_day(self) -> int:
        """The day of the year, from 1."""
        return self.moment.timetuple().tm_yday

    def format(self, layout: str) -> str:
        """The time as the layout shows the reference time."""
        return _ELEMENT.sub(lambda found: _format(self, found), layout)

    def __str__(self) -> str:
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")


ZERO = GoTime(datetime(1, 1, 1, tzinfo=UTC))
"""The time of what hasn't happened."""

_FORMATS: dict[str, Callable[[GoTime], str]] = {
    "January": lambda time: MONTHS[time.moment.month - 1],
    "Jan": lambda time: MONTHS[time.moment.month - 1][:3],
    "01": lambda time: f"{time.moment.month:02d}",
    "1": lambda time: f"{time.moment.month}",
    "Monday": lambda time: WEEKDAYS[time.weekday],
    "Mon": lambda time: WEEKDAYS[time.weekday][:3],
    "MST": lambda _: "UTC",
    "002": lambda time: f"{time.year_day:03d}",
    "__2": lambda time: f"{time.year_day:3d}",
    "02": lambda time: f"{time.moment.day:02d}",
    "_2006": lambda time: f"_{time.moment.year:04d}",
    "_2": lambda time: f"{time.moment.day:2d}",
    "2006": lambda time: f"{time.moment.year:04d}",
    "2": lambda time: f"{time.moment.day}",
    "15": lambda time: f"{time.moment.hour:02d}",
    "03": lambda time: f"{_hour12(time):02d}",
    "3": lambda time: f"{_hour12(time)}",
    "04": lambda time: f"{time.moment.minute:02d}",
    "4": lambda time: f"{time.moment.minute}",
    "05": lambda time: f"{time.moment.second:02d}",
    "5": lambda time: f"{time.moment.second}",
    "06": lambda time: f"{time.moment.year % 100:02d}",
    "PM": lambda time: "PM" if time.moment.hour >= 12 else "AM",
    "pm": lambda time: "pm" if time.moment.hour >= 12 else "am",
    "Z070000": lambda _: "Z",
    "Z07:00:00": lambda _: "Z",
    "Z0700": lambda _: "Z",
    "Z07:00": lambda _: "Z",
    "Z07": lambda _: "Z",
    "-070000": lambda _: "+000000",
    "-07:00:00": lambda _: "+00:00:00",
    "-0700": lambda _: "+0000",
    "-07:00": lambda _: "+00:00",
    "-07": lambda _: "+00",
}
_ELEMENT = re.compile(
    "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2006|_2|3|4|5|PM|pm"
    "|[Z-]07(?:0000|:00:00|00|:00)?"
    "|[.,](?:0+|9+)(?![0-9])"
)


def _format(time: GoTime, found: re.Match[str]) -> str:
    element = found[0]
    if element in _FORMATS:
        return _FORMATS[element](time)
    digits = f"{time.nanos:09d}"[: len(element) - 1]
    if element[1] == "0":
        return element[0] + digits
    digits = digits.rstrip("0")
    return element[0] + digits if digits else ""


def _hour12(time: GoTime) -> int:
    return time.moment.hour % 12 or 12

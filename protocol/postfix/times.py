"""What templates can do with durations and times: the types of Go's package time."""

from protocol.postfix.gotime import MONTHS, WEEKDAYS, ZERO, GoTime
from protocol.postfix.values import (
    BOOL,
    FLOAT64,
    INT,
    INT64,
    STRING,
    GoType,
    Member,
    Shape,
    method,
)
from protocol.text import duration_text


def _named(name: str, names: tuple[str, ...], first: int) -> GoType:
    def text(raw: int) -> str:
        return names[raw - first]

    return GoType(name, Shape.INT, {"String": method(STRING, text)}, text=text)


_DURATION_UNITS = {"Nanoseconds": 1, "Microseconds": 10**3, "Milliseconds": 10**6}
DURATION = GoType(
    "time.Duration",
    Shape.INT,
    {
        "String": method(STRING, duration_text),
        "Hours": method(FLOAT64, lambda raw: raw / (3600 * 10**9)),
        "Minutes": method(FLOAT64, lambda raw: raw / (60 * 10**9)),
        "Seconds": method(FLOAT64, lambda raw: raw / 10**9),
        **{
            name: method(INT64, lambda raw, unit=unit: int(raw / unit))
            for name, unit in _DURATION_UNITS.items()
        },
    },
    text=duration_text,
)
MONTH = _named("time.Month", MONTHS, 1)
WEEKDAY = _named("time.Weekday", WEEKDAYS, 0)


def _moment(name: str) -> Member:
    return method(INT, lambda time: getattr(time.moment, name))


_TIME_MEMBERS = {
    "Format": method(STRING, GoTime.format, STRING),
    "String": method(STRING, str),
    "Year": _moment("year"),
    "Month": method(MONTH, lambda time: time.moment.month),
    "Day": _moment("day"),
    "Hour": _moment("hour"),
    "Minute": _moment("minute"),
    "Second": _moment("second"),
    "Nanosecond": method(INT, lambda time: time.nanos),
    "Weekday": method(WEEKDAY, lambda time: time.weekday),
    "YearDay": method(INT, lambda time: time.year_day),
    "IsZero": method(BOOL, lambda time: time == ZERO),
    **{
        name: method(INT64, lambda time, unit=unit: time.unix_nanos // unit)
        for name, unit in {
            "Unix": 10**9,
            "UnixMilli": 10**6,
            "UnixMicro": 10**3,
            "UnixNano": 1,
        }.items()
    },
}
_SIGNATURE = "invalid function signature for {}: second return value should be error; is {}"
_TIME_PROBLEMS = {
    "Date": "function Date has 3 return values; should be 1 or 2",
    "Clock": "function Clock has 3 return values; should be 1 or 2",
    "ISOWeek": _SIGNATURE.format("ISOWeek", "int"),
    "Zone": _SIGNATURE.format("Zone", "int"),
    "wall": "wall is an unexported field of struct type time.Time",
    "ext": "ext is an unexported field of struct type time.Time",
    "loc": "loc is an unexported field of struct type time.Time",
    **{
        name: f"{name} is not supported in a path postfix"
        for name in (
            "Add",
            "AddDate",
            "After",
            "Before",
            "Compare",
            "Equal",
            "GoString",
            "In",
            "Local",
            "Location",
            "Round",
            "Sub",
            "Truncate",
        )
    },
}
_TIME = GoType("time.Time", Shape.STRUCT, _TIME_MEMBERS, text=str)
TIME = GoType(
    "time.Time",
    Shape.STRUCT,
    {**_TIME_MEMBERS, "UTC": method(_TIME, lambda time: time)},
    text=str,
    problems=_TIME_PROBLEMS,
)

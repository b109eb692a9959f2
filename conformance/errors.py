"""What ends a run, and what ends one test."""

from pathlib import Path


class ConformanceError(Exception):
    """The run cannot go on: one sentence, and the exit code that goes with it."""

    exit_code = 3


class ConfigurationError(ConformanceError):
    """The command, a profile, a catalogue or a list is wrong; `path` is the file, if any."""

    exit_code = 2

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class TargetError(ConformanceError):
    """The target cannot be reached, or the suite could not start it."""


class PreconditionError(ConformanceError):
    """A test was not given what it takes for granted: an error of the harness, and no verdict."""


class HostError(ConformanceError):
    """An environment that tests were to run in does not start, or cannot run them."""


class GateError(ConformanceError):
    """A test tried what the run's access does not permit; the call was not made."""


class CapError(ConformanceError):
    """A cap of the run is reached: the test at hand counts as not run."""


class NonconformanceError(AssertionError):
    """The broker did something else than its contract says.

    Raised in any phase of a test this is a failure of the broker; every other exception
    is an error of the harness, and never a verdict.
    """

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}; got {got}")
        self.expected = expected
        self.got = got

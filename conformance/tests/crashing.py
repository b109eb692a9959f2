"""A pytest plugin for the suite's own tests: processes that end as soon as they start."""

import os

import pytest

WHO = "CONFORMANCE_TEST_CRASHES"
"""The environment variable that names the processes, as pytest-xdist does, and how they end."""


def pytest_configure(config: pytest.Config) -> None:
    """Ends this process, where it is one of those."""
    who, _, how = os.environ.get(WHO, "").partition(":")
    worker = getattr(config, "workerinput", {"workerid": None})["workerid"]
    if worker in who.split(","):
        if how == "raise":
            raise MemoryError("too little for a process")
        os._exit(1)

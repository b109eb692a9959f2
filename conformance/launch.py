"""Starts a target of the suite's own, and ends it with the run, also when that is killed."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from conformance.errors import TargetError
from conformance.target import TargetSpec

READY_WITHIN = 30.0
"""Seconds until a launched target must be ready: interpreters start slowly on loaded machines."""
STOPS_WITHIN = 5.0
"""Seconds a target has to end after SIGTERM, before it is killed."""
FOLDER = "gazette-conformance-"

MOCK_OFFERS = ("auth", "destructive", "file-root", "http", "launch", "no-auth")


@dataclass(frozen=True)
class LaunchPlan:
    """Which target to start. `kind` is `mock`; `brokers` is how many it has."""

    kind: str = "mock"
    brokers: int = 1

    @property
    def offers(self) -> tuple[str, ...]:
        """Which needs of requirements a target started so will meet."""
        return MOCK_OFFERS


class Launched(Protocol):
    """A running target."""

    spec: TargetSpec

    def stop(self) -> None:
        """Ends it and removes what it left; returns once it is gone."""


def launch(plan: LaunchPlan, *, auth_key: str | None = None) -> Launched:
    """Starts a target and returns once it serves.

    Raises:
        TargetError: it did not start.
    """
    return MockTarget(plan.brokers, auth_key=auth_key)


@dataclass
class MockTarget:
    """The mock broker, in a process of its own that ends with this one."""

    brokers: int = 1
    auth_key: str | None = None
    arguments: Sequence[str] = ()
    spec: TargetSpec = field(init=False)

    def __post_init__(self) -> None:
        """Starts the process and waits for its ready line."""
        self._folder = new_folder()
        self._log = (self._folder / "stderr.log").open("w+b")
        file_root = self._folder / "root"
        file_root.mkdir()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            self._command(file_root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        try:
            self.spec = self._described(self._ready(), file_root)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process and removes its folder."""
        end_process(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _command(self, file_root: Path) -> list[str]:
        auth = ["--auth-key", self.auth_key] if self.auth_key else []
        return [
            *(sys.executable, "-m", "mockbroker", "serve", "--with-parent"),
            *("--brokers", str(self.brokers), "--file-root", str(file_root)),
            *auth,
            *self.arguments,
        ]

    def _ready(self) -> dict[str, Any]:
        line = first_line(self._process, READY_WITHIN)
        try:
            ready = json.loads(line)
        except ValueError:
            ready = {}
        if not isinstance(ready, dict) or not ready.get("ready"):
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip().splitlines() or ["nothing"]
            raise TargetError(f"the mock broker did not start; it said: {said[-1]}")
        return ready

    def _described(self, ready: dict[str, Any], file_root: Path) -> TargetSpec:
        brokers = ready["brokers"]
        return TargetSpec(
            kind="mock",
            addresses=tuple(broker["address"] for broker in brokers),
            http=tuple(str(broker["http"]).removeprefix("http://") for broker in brokers),
            description=f"mock broker, pid {ready['pid']}",
            auth_key=self.auth_key,
            file_root=str(file_root),
        )


def first_line(process: subprocess.Popen[bytes], within: float) -> bytes:
    """The first line of a process's output, or b"" when it ends or `within` seconds pass."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert process.stdout is not None  # noqa: S101 - the caller opened the pipe
    threading.Thread(
        target=lambda out: lines.put(out.readline()), args=(process.stdout,), daemon=True
    ).start()
    try:
        return lines.get(timeout=within)
    except queue.Empty:
        return b""


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Ends a process: SIGTERM, and SIGKILL if it lingers."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def new_folder() -> Path:
    """A temporary folder named after this process; those of dead processes are removed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        owner = folder.name.removeprefix(FOLDER).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

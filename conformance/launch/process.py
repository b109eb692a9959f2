"""A process of a launched target, which does not outlive the run."""

import contextlib
import os
import queue
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

STOPS_WITHIN = 5.0
"""Seconds a process has to end after SIGTERM, before it is killed."""
FOLDER = "gazette-conformance-"

LISTENING = (15_000, 32_000)
"""Ports to listen on; systems choose those of outgoing connections above."""

_GUARD = Path(__file__).with_name("guard.py")


class Process:
    """`command`, run under a guard that kills it when this process is gone.

    Its standard error goes to `log`; its standard output is piped.
    """

    def __init__(
        self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._log = log
        with log.open("ab") as sink:
            self._guard = subprocess.Popen(  # noqa: S603 - what the user asked to launch
                [sys.executable, "-I", str(_GUARD), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=dict(env) if env is not None else None,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._guard.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal; one that has ended gets none."""
        assert self._guard.stdin is not None  # noqa: S101 - opened above
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(f"{number.name}\n".encode())
            self._guard.stdin.flush()

    def kill(self) -> None:
        """Kills it, and waits until it is gone."""
        self.signal(signal.SIGKILL)
        self._guard.wait(STOPS_WITHIN)

    def stop(self) -> None:
        """Ends it: SIGTERM, and the guard's kill if it lingers. Further calls do nothing."""
        if self.running:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.wait(STOPS_WITHIN)
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._guard.wait()

    def first_line(self, within: float) -> str:
        """The first line of its output, or "" when it ends or `within` seconds pass."""
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        output = self._guard.stdout
        assert output is not None  # noqa: S101 - opened above
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            return lines.get(timeout=within).decode(errors="replace")
        except queue.Empty:
            return ""

    def last_words(self) -> str:
        """The last line that it wrote to its log."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


def new_folder() -> Path:
    """A temporary folder named after this process; those of dead processes are removed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        owner = folder.name.removeprefix(FOLDER).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago, outside the range of outgoing connections."""
    chosen: list[int] = []
    while len(chosen) < count:
        port = random.SystemRandom().randint(*LISTENING)
        if port not in chosen and _free(port):
            chosen.append(port)
    return chosen


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Starts real Gazette brokers, and the etcd they share, from the user's own binaries."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from conformance.errors import ConfigurationError, TargetError
from conformance.launch.member import Member
from conformance.launch.plan import LaunchPlan
from conformance.launch.process import Process, free_ports, new_folder
from conformance.target import TargetSpec

READY_WITHIN = 60.0
"""Seconds until etcd and all brokers must be ready: they share a loaded machine with the suite."""
PAUSE = 0.05
HOST = "127.0.0.1"
FOREIGN = ("BROKER_", "ETCD_", "ETCDCTL_", "LOG_", "CONSUMER_")


class GazetteTarget:
    """An etcd and its brokers; brokers can be killed, told to exit, and started again."""

    def __init__(self, plan: LaunchPlan) -> None:
        for binary in (plan.gazette_bin, plan.etcd_bin):
            if shutil.which(binary) is None:
                raise ConfigurationError(f"no executable {binary!r}")
        self._plan = plan
        self._folder = new_folder()
        self._root = self._folder / "root"
        self._root.mkdir()
        self._client, self._peer, *self._ports = free_ports(2 + plan.brokers)
        self._processes: list[Process] = []
        self._members: list[Member] = []
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise
        self.spec = self._described()

    @property
    def etcd(self) -> str:
        """HOST:PORT of etcd."""
        return f"{HOST}:{self._client}"

    def kill(self, index: int) -> None:
        """Kills broker `index`, and waits until it is gone."""
        self._processes[1 + index].kill()

    def terminate(self, index: int) -> None:
        """Tells broker `index` to exit; it hands its journals over first."""
        self._processes[1 + index].signal(signal.SIGTERM)

    def running(self, index: int) -> bool:
        """Whether broker `index` has not ended."""
        return self._processes[1 + index].running

    def start(self, index: int) -> None:
        """Starts broker `index` again, at its old address; returns once it serves."""
        self._processes[1 + index].stop()
        self._processes[1 + index] = self._broker(index)
        self._await(self._processes[1 + index], f"broker {index}", self._serves(index))

    def join(self, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        """Makes a server of the suite's own a member, until the target is stopped."""
        self._members.append(Member(self.etcd, zone, suffix, endpoint, limit=limit))

    def stop(self) -> None:
        """Kills all processes and removes their folder."""
        for member in self._members:
            with contextlib.suppress(TargetError):
                member.leave()
        for process in reversed(self._processes):
            process.signal(signal.SIGKILL)
        for process in reversed(self._processes):
            process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_all(self) -> None:
        etcd = self._process(self._etcd_command(), "etcd")
        self._processes.append(etcd)
        self._await(etcd, "etcd", lambda: _answers(self._client, "/health"))
        for index in range(self._plan.brokers):
            self._processes.append(self._broker(index))
        for index, process in enumerate(self._processes[1:]):
            self._await(process, f"broker {index}", self._serves(index))

    def _serves(self, index: int) -> Callable[[], bool]:
        return lambda: _answers(self._ports[index], "/debug/ready")

    def _broker(self, index: int) -> Process:
        return self._process(self._broker_command(index), f"broker-{index}")

    def _process(self, command: list[str], name: str) -> Process:
        home = self._folder / name
        home.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        return Process(command, home / "log", {**kept, "HOME": str(home), "TMPDIR": str(home)})

    def _etcd_command(self) -> list[str]:
        client, peer = f"http://{HOST}:{self._client}", f"http://{HOST}:{self._peer}"
        return [
            self._plan.etcd_bin,
            *("--name", "one", "--data-dir", str(self._folder / "etcd" / "data")),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"one={peer}", "--unsafe-no-fsync", "--log-level", "error"),
        ]

    def _broker_command(self, index: int) -> list[str]:
        auth = [f"--broker.auth-keys={self._plan.auth_key}"] if self._plan.auth_key else []
        return [
            *(self._plan.gazette_bin, "serve", f"--broker.id=broker-{index}"),
            f"--broker.zone={self._plan.zones[index]}",
            *(f"--broker.host={HOST}", f"--broker.port={self._ports[index]}"),
            f"--broker.file-root={self._root}",
            *(f"--etcd.address=http://{self.etcd}", f"--etcd.lease={self._plan.lease}s"),
            "--log.level=warn",
            *auth,
        ]

    def _await(self, process: Process, what: str, look: Callable[[], bool]) -> None:
        end = time.monotonic() + READY_WITHIN
        while not look():
            if not process.running or time.monotonic() > end:
                raise TargetError(f"{what} did not start; it said: {process.last_words()}")
            time.sleep(PAUSE)

    def _described(self) -> TargetSpec:
        addresses = tuple(f"{HOST}:{port}" for port in self._ports)
        return TargetSpec(
            kind="launched",
            addresses=addresses,
            http=addresses,
            description=Path(self._plan.gazette_bin).name,
            auth_key=self._plan.signing_key,
            file_root=str(self._root),
            etcd=self.etcd,
            offers=self._plan.offers,
        )


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

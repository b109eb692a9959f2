"""Starts a target by a command that prints one line of JSON when it is ready.

The contract of `--launch-command`: the command gets `GAZETTE_BROKERS` (how many),
`GAZETTE_FILE_ROOT` (a directory for `file://` stores) and `GAZETTE_AUTH_KEY` (base64, or
empty for brokers that check no tokens) in its environment. Once all brokers serve, it prints
`{"ready": true, "brokers": [{"address": "HOST:PORT", "http": "http://HOST:PORT"}]}` as one line
on standard output; `http` may be left out. At SIGTERM it ends. The mock broker is such a command.

Brokers can be killed and started again where the line has a `control` URL too: `POST
URL/brokers/I/kill`, `…/stop` (hand over, then end) and `…/start` answer 200 once it is done, for
brokers counted from 0, and `GET URL` tells `{"brokers": [{"running": true}]}`. `POST URL/members`
with `{"zone": …, "suffix": …, "endpoint": "http://HOST:PORT", "limit": N}` makes a server of the
suite's own a member that takes up to N replicas.
"""

import json
import os
import shlex
import shutil
import sys
import threading
from http.client import HTTPConnection, HTTPException
from typing import Any

from conformance.errors import TargetError
from conformance.launch.plan import LaunchPlan
from conformance.launch.process import Process, new_folder
from conformance.target import TargetSpec

READY_WITHIN = 30.0
"""Seconds until a launched target must be ready: interpreters start slowly on loaded machines."""
OBEYS_WITHIN = 60.0
"""Seconds a command of the control API may take: a hand-over waits for other brokers."""
REFRESH_RATE = "5"
"""How often the mock lists a store in the shortest interval that a spec may ask for, a second."""


class CommandTarget:
    """A target started by a command; `spec` tells where it serves.

    `control` is the HOST:PORT and path of its control API, or "".
    """

    def __init__(self, plan: LaunchPlan) -> None:
        self._folder = new_folder()
        self._root = self._folder / "root"
        self._root.mkdir()
        self._process = Process(self._command(plan), self._folder / "log", self._environment(plan))
        try:
            self.spec = self._described(plan, self._ready())
        except BaseException:
            self.stop()
            raise

    def kill(self, index: int) -> None:
        """Kills broker `index`, and waits until it is gone."""
        self._ask("POST", f"/brokers/{index}/kill")

    def terminate(self, index: int) -> None:
        """Tells broker `index` to exit; it hands its journals over first."""
        asked = ("POST", f"/brokers/{index}/stop")
        threading.Thread(target=self._ask, args=asked, daemon=True).start()

    def running(self, index: int) -> bool:
        """Whether broker `index` has not ended."""
        return bool(self._ask("GET", "/")["brokers"][index]["running"])

    def start(self, index: int) -> None:
        """Starts broker `index` again, at its old address; returns once it serves."""
        self._ask("POST", f"/brokers/{index}/start")

    def join(self, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        """Makes a server of the suite's own a member."""
        member = {"zone": zone, "suffix": suffix, "endpoint": endpoint, "limit": limit}
        self._ask("POST", "/members", json.dumps(member))

    def _ask(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        connection = HTTPConnection(self.control, timeout=OBEYS_WITHIN)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise TargetError(f"{method} {path} of the control API: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise TargetError(f"{method} {path}: {answer.get('error', response.reason)}")
        return answer

    def stop(self) -> None:
        """Ends the process and removes its folder."""
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _command(self, plan: LaunchPlan) -> list[str]:
        if plan.kind == "command":
            return shlex.split(plan.command)
        auth = ["--auth-key", plan.auth_key] if plan.auth_key else []
        lie = ["--lie", plan.lie] if plan.lie else []
        return [
            *(sys.executable, "-m", "mockbroker", "serve", "--lease", str(plan.lease)),
            *("--refresh-rate", REFRESH_RATE),
            *("--brokers", str(plan.brokers), "--file-root", str(self._root)),
            *(f"--zone={zone}" for zone in plan.zones),
            *auth,
            *lie,
        ]

    def _environment(self, plan: LaunchPlan) -> dict[str, str]:
        return {
            **os.environ,
            "GAZETTE_BROKERS": str(plan.brokers),
            "GAZETTE_FILE_ROOT": str(self._root),
            "GAZETTE_AUTH_KEY": plan.auth_key or "",
        }

    def _ready(self) -> list[dict[str, Any]]:
        try:
            ready: dict[str, Any] = json.loads(self._process.first_line(READY_WITHIN))
            brokers: list[dict[str, Any]] = [dict(each) for each in ready["brokers"]]
            if ready["ready"] is True and all("address" in each for each in brokers):
                self.control = str(ready.get("control", "")).removeprefix("http://")
                return brokers
        except (ValueError, KeyError, TypeError):
            pass
        raise TargetError(f"the target did not start; it said: {self._process.last_words()}")

    def _described(self, plan: LaunchPlan, brokers: list[dict[str, Any]]) -> TargetSpec:
        return TargetSpec(
            kind="mock" if plan.kind == "mock" else "launched",
            addresses=tuple(each["address"] for each in brokers),
            http=tuple(str(each.get("http", "")).removeprefix("http://") for each in brokers),
            description="mock broker" if plan.kind == "mock" else plan.command,
            auth_key=plan.signing_key,
            file_root=str(self._root),
            offers=plan.offers,
        )

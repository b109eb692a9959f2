"""Starts a target by a command that prints one line of JSON when it is ready.

The contract of `--launch-command`: the command gets `GAZETTE_BROKERS` (how many),
`GAZETTE_FILE_ROOT` (a directory for `file://` stores) and `GAZETTE_AUTH_KEY` (base64, or
empty for brokers that check no tokens) in its environment. Once all brokers serve, it prints
`{"ready": true, "brokers": [{"address": "HOST:PORT", "http": "http://HOST:PORT"}]}` as one line
on standard output; `http` may be left out. At SIGTERM it ends. The mock broker is such a command.
"""

import json
import os
import shlex
import shutil
import sys
from typing import Any

from conformance.errors import TargetError
from conformance.launch.plan import LaunchPlan
from conformance.launch.process import Process, new_folder
from conformance.target import TargetSpec

READY_WITHIN = 30.0
"""Seconds until a launched target must be ready: interpreters start slowly on loaded machines."""


class CommandTarget:
    """A target started by a command; `spec` tells where it serves."""

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

    def stop(self) -> None:
        """Ends the process and removes its folder."""
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _command(self, plan: LaunchPlan) -> list[str]:
        if plan.kind == "command":
            return shlex.split(plan.command)
        auth = ["--auth-key", plan.auth_key] if plan.auth_key else []
        return [
            *(sys.executable, "-m", "mockbroker", "serve"),
            *("--brokers", str(plan.brokers), "--file-root", str(self._root)),
            *auth,
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
            ready = json.loads(self._process.first_line(READY_WITHIN))
            brokers: list[dict[str, Any]] = [dict(each) for each in ready["brokers"]]
            if ready["ready"] is True and all("address" in each for each in brokers):
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
            auth_key=plan.auth_key,
            file_root=str(self._root),
            offers=plan.offers,
        )

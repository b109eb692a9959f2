"""Control over launched brokers, which the trace of the test at hand keeps note of."""

from conformance.launch import Launched
from conformance.trace import noted


class Control:
    """Does to a launched target what it is told, and notes what no script of calls can do."""

    def __init__(self, launched: Launched) -> None:
        self._launched = launched
        self.spec = launched.spec

    def stop(self) -> None:
        """Ends it."""
        self._launched.stop()

    def kill(self, index: int) -> None:
        """Kills a broker, and waits until it is gone."""
        self._note("kill", index)
        self._launched.kill(index)

    def terminate(self, index: int) -> None:
        """Tells a broker to exit."""
        self._note("stop", index)
        self._launched.terminate(index)

    def running(self, index: int) -> bool:
        """Whether a broker has not ended."""
        running = self._launched.running(index)
        self._note("runs" if running else "gone", index)
        return running

    def join(self, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        """Makes a server of the suite's own a member."""
        noted("asks", f"make {zone}/{suffix} at {endpoint} a member", cluster=self.spec.cluster)
        self._launched.join(zone, suffix, endpoint, limit=limit)

    def start(self, index: int) -> None:
        """Starts a broker again."""
        self._note("start", index)
        self._launched.start(index)

    def _note(self, what: str, index: int) -> None:
        noted("broker", what, index, cluster=self.spec.cluster)

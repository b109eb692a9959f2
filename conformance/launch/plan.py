"""Which target to launch, and what a launched target can do."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from conformance.errors import ConfigurationError
from conformance.target import TargetSpec

ZONES = ("zone-a", "zone-a", "zone-b")
KINDS = ("mock", "gazette", "command")
LEASES = {"mock": 5, "gazette": 10}
"""Seconds a killed broker stays assigned: short for the tests that await it, long enough to
outlast a test's next few calls on a busy machine."""
USUAL_LEASE = 10
"""Seconds a lease is taken to last where the suite does not choose it."""
GRACE = 4
"""Leases within which a killed broker's journals must have moved, on a busy machine too."""

_OFFERS = ("auth", "destructive", "file-root", "http", "launch", "no-auth")


@dataclass(frozen=True)
class LaunchPlan:
    """Which target to start: of which kind, and with how many brokers.

    `gazette` takes the user's own binaries, `command` a command line that obeys the contract
    of `conformance.launch.command`. With `auth_key` (base64, several joined by
    commas) the brokers check tokens. The
    mock tells the `lie` of that name, which is how the suite tries itself.
    """

    kind: str = "mock"
    brokers: int = 1
    auth_key: str | None = field(default=None, repr=False)
    gazette_bin: str = "gazette"
    etcd_bin: str = "etcd"
    command: str = ""
    lie: str = ""

    def __post_init__(self) -> None:
        """Refuses unknown kinds, and a command without its words."""
        if self.kind not in KINDS:
            raise ConfigurationError(f"cannot launch {self.kind!r} (known are {', '.join(KINDS)})")
        if (self.kind == "command") != bool(self.command):
            raise ConfigurationError("a launch command goes with --launch-command, and only there")

    @property
    def offers(self) -> tuple[str, ...]:
        """Which needs of requirements a target started so will meet."""
        control = ("peer", "process-control", "primary-role")
        more = {"gazette": ("etcd", *control), "mock": control}
        return (*_OFFERS, *more.get(self.kind, ()))

    @property
    def lease(self) -> int:
        """Seconds a killed broker stays assigned, of a command as far as one can tell."""
        return LEASES.get(self.kind, USUAL_LEASE)

    @property
    def expires_within(self) -> float:
        """Seconds for a killed broker's lease to end and its journals to move."""
        return float(GRACE * self.lease)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zone of each broker: two zones where there are three brokers or more."""
        return tuple(ZONES[index % len(ZONES)] for index in range(self.brokers))

    @property
    def signing_key(self) -> str | None:
        """The key that tokens are signed with, which is the first of those given."""
        return self.auth_key.split(",")[0] if self.auth_key else None

    def private(self, *, brokers: int = 1, auth_key: str | None = None) -> "LaunchPlan":
        """The same kind of target for a single test, with options of its own."""
        return replace(self, brokers=brokers, auth_key=auth_key)


class Launched(Protocol):
    """A running target that the suite started. Its brokers are counted from 0."""

    spec: TargetSpec

    def stop(self) -> None:
        """Ends it and removes what it left; returns once it is gone."""

    def kill(self, index: int) -> None:
        """Kills a broker, and waits until it is gone."""

    def terminate(self, index: int) -> None:
        """Tells a broker to exit; it hands its journals over first."""

    def running(self, index: int) -> bool:
        """Whether a broker has not ended."""

    def join(self, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        """Makes a server of the suite's own a member that takes up to `limit` replicas."""

    def start(self, index: int) -> None:
        """Starts a broker again, at its old address; returns once it serves."""

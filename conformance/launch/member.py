"""A foreign member of a launched cluster: a key of etcd that lives as long as its lease."""

import threading

import protocol
from conformance.errors import TargetError
from conformance.etcd import Etcd

PREFIX = "/gazette/cluster/members/"
"""Where brokers that are started without other words keep their members."""
LEASE = 30
"""Seconds a member outlives a suite that was killed."""
RENEWAL = 5.0
"""Seconds between renewals of the lease: several may fail before it ends."""


class Member:
    """A member of the cluster behind `etcd` (HOST:PORT), until `leave`.

    Raises:
        TargetError: etcd cannot be reached, or refuses.
    """

    def __init__(self, etcd: str, zone: str, suffix: str, endpoint: str, *, limit: int) -> None:
        self._etcd = Etcd(etcd)
        self._left = threading.Event()
        self._lease = self._etcd.grant(LEASE)
        spec = protocol.BrokerSpec(journal_limit=limit)
        spec.process_spec.id.zone, spec.process_spec.id.suffix = zone, suffix
        spec.process_spec.endpoint = endpoint
        self._etcd.put(f"{PREFIX}{zone}#{suffix}", spec.SerializeToString(), self._lease)
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self._renewing.start()

    def leave(self) -> None:
        """Ends the lease, and with it the membership."""
        self._left.set()
        self._renewing.join()
        self._etcd.revoke(self._lease)

    def _renew(self) -> None:
        while not self._left.wait(RENEWAL):
            try:
                self._etcd.keep_alive(self._lease)
            except TargetError:
                continue  # the next one may do; without any the member leaves

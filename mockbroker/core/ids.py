"""Ids of brokers."""

from typing import NamedTuple

import protocol as pb


class BrokerId(NamedTuple):
    """Zone and suffix of a broker; orders as members of a Route do."""

    zone: str
    suffix: str

    @classmethod
    def of(cls, message: pb.ProcessSpec.ID) -> "BrokerId":
        """Returns the id in a message; both parts are empty where it was left out."""
        return cls(message.zone, message.suffix)

    @property
    def message(self) -> pb.ProcessSpec.ID:
        """The id as a message."""
        return pb.ProcessSpec.ID(zone=self.zone, suffix=self.suffix)

    def __str__(self) -> str:
        return f'zone:"{self.zone}" suffix:"{self.suffix}" '


NOBODY = BrokerId("", "")
MISSING = BrokerId("local-BrokerSpec", "missing-from-Etcd")
"""What a broker calls itself while its own member key is gone."""

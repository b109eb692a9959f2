"""What `MockCluster.snapshot` returns."""

from dataclasses import dataclass

from mockbroker.core.snapshot import JournalState
from mockbroker.tree import Remembered


@dataclass(frozen=True)
class Snapshot:
    """A cluster's journals and files at one moment.

    Attributes:
        journals: The journals.
        files: The files of `file://` stores.
    """

    journals: tuple[JournalState, ...]
    files: Remembered

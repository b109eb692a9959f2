"""Run a command under a lock: one holder at a time, wherever the others run.

A register of a journal names the holder. Taking the lock is an append which requires that
nobody is named, and names us; of many at once, the broker makes one. Giving it back is an
append which requires that we are named. Both leave a line in the journal, so whoever waits
reads the journal and tries again when something was appended.
"""

import socket
import subprocess
import uuid
from types import TracebackType
from typing import Self

import click

from protocol import Label, LabelSelector, LabelSet
from protocol.client import (
    ClientError,
    OutcomeUnknownError,
    RegisterMismatchError,
    SyncJournalClient,
)

_HOLDER = "lock-holder"


class Lock:
    """A lock that is held within a `with` block.

    Args:
        client: A client.
        journal: The journal whose registers hold the lock; for nothing else.
        name: Who we are: a token which nobody else uses.
    """

    def __init__(self, client: SyncJournalClient, journal: str, name: str) -> None:
        self._client = client
        self._journal = journal
        self._name = name
        self._us = LabelSet(labels=[Label(name=_HOLDER, value=name)])

    def try_to_take(self) -> bool:
        """Takes the lock if nobody holds it; returns whether we hold it now."""
        anybody = LabelSet(labels=[Label(name=_HOLDER)])
        try:
            self._client.append(
                self._journal,
                f"{self._name} takes the lock\n".encode(),
                check_registers=LabelSelector(exclude=anybody),
                union_registers=self._us,
            )
        except RegisterMismatchError as error:
            return error.registers == self._us
        except OutcomeUnknownError:
            return self._client.append(self._journal, b"").registers == self._us
        return True

    def give_back(self) -> None:
        """Gives the lock back.

        Raises:
            RegisterMismatchError: Somebody else holds it.
        """
        try:
            self._client.append(
                self._journal,
                f"{self._name} gives the lock back\n".encode(),
                check_registers=LabelSelector(include=self._us),
                subtract_registers=self._us,
            )
        except OutcomeUnknownError:
            if self._client.append(self._journal, b"").registers == self._us:
                self.give_back()

    def __enter__(self) -> Self:
        head = self._client.write_head(self._journal)
        while not self.try_to_take():
            line = next(iter(self._client.read(self._journal, head, block=True)))
            head = line.end
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()


@click.command(help=__doc__, context_settings={"ignore_unknown_options": True})
@click.argument("address")
@click.argument("journal")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def main(context: click.Context, address: str, journal: str, command: tuple[str, ...]) -> None:
    """Runs a command under the lock, and ends with its exit code."""
    name = f"{socket.gethostname()}-{uuid.uuid4().hex}"
    try:
        with SyncJournalClient.connect(address) as client, Lock(client, journal, name):
            code = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own
    except ClientError as error:
        raise click.ClickException(str(error)) from error
    context.exit(code)


if __name__ == "__main__":
    main()

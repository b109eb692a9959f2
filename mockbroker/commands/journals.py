"""`mockbroker journals`: the commands about journals of any broker, mock or real."""

import click

from mockbroker.commands.append import append
from mockbroker.commands.apply import apply
from mockbroker.commands.fragments import fragments
from mockbroker.commands.list import list_journals
from mockbroker.commands.read import read


@click.group()
def journals() -> None:
    """Lists, changes, writes and reads journals of any broker, mock or real.

    Exits 0 done, 1 refused by the broker, 2 used wrongly, 3 broker not reachable.
    """


for _command in (list_journals, apply, append, read, fragments):
    journals.add_command(_command)

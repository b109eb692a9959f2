"""The command `mockbroker`."""

from importlib import import_module

import click

COMMANDS = {
    "faults": "mockbroker.commands.faults:faults",
    "journals": "mockbroker.commands.journals:journals",
    "lies": "mockbroker.commands.lies:lies",
    "serve": "mockbroker.serve:serve",
}
"""Every command and where it is: imported when it is run, so that each starts fast."""


class _Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command by its name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found


@click.group(cls=_Commands)
@click.version_option(package_name="gazette-conformance")
def main() -> None:
    """A programmable cluster of mock Gazette brokers."""

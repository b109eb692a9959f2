"""`mockbroker lies`: what `serve --lie` can be told."""

import dataclasses
import json

import click

from mockbroker.lies import all_lies


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def lies(*, as_json: bool) -> None:
    """List the wrong behaviours that `serve --lie` offers, and what must catch each."""
    for lie in all_lies().values():
        if as_json:
            shown = {
                each.name: getattr(lie, each.name)
                for each in dataclasses.fields(lie)
                if each.name not in {"taps", "patches"}
            }
            click.echo(json.dumps(shown))
        else:
            click.echo(f"{lie.name}\n    {lie.sentence}\n    caught by {', '.join(lie.caught_by)}")

"""`mockbroker faults`: what fault rules can be made of, and whether a file of them is right."""

import json
from pathlib import Path

import click

from mockbroker.commands.output import print_table
from mockbroker.faults.catalogue import CATALOGUE, Entry
from mockbroker.faults.rule import ANY
from mockbroker.faults.scenario import ScenarioError, load_scenario


@click.group()
def faults() -> None:
    """The faults of the catalogue, and files of fault rules."""


@faults.command("list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per fault.")
def list_(*, as_json: bool) -> None:
    """Lists the faults that rules can name, and what a client sees of each."""
    if not as_json:
        rows = [(e.name, _rpc(e), e.effect) for e in CATALOGUE.values()]
        print_table(("FAULT", "RPC", "A CLIENT SEES"), rows)
        return
    for entry in CATALOGUE.values():
        shown = {"name": entry.name, "effect": entry.effect, "match": dict(entry.match)}
        click.echo(json.dumps(shown))


def _rpc(entry: Entry) -> str:
    rpc = entry.match.get("rpc", ANY)
    return "any" if rpc == ANY else str(rpc)


@faults.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Tells whether `serve --faults FILE` would take the file, and the rules in it."""
    try:
        scenario = load_scenario(file)
    except ScenarioError as error:
        raise click.UsageError(f"{error} ({error.hint})" if error.hint else str(error)) from error
    for rule in scenario.rules:
        match = rule.match
        times = "" if rule.times is None else f", {rule.times} times"
        click.echo(f"{rule.name}: {match.rpc} of {match.journal}{times}: {rule.action}")

"""The commands that ask about the catalogue: list, explain, coverage."""

import click
from rich.console import Console
from rich.table import Table

from conformance.catalogue import LEVELS, NEEDS, UNTESTABLE, Catalogue, Requirement, load
from conformance.coverage import by_area
from conformance.errors import ConfigurationError
from conformance.inventory import collect
from conformance.plan import TestCase, check_selection, selected
from conformance.selftest.lies import learn
from conformance.settings import Settings

NEAREST = 5


@click.command("list")
@click.option("--select", multiple=True, metavar="PATTERN", help="Only ids that match (glob).")
@click.option("--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only these.")
@click.option("--area", "areas", multiple=True, metavar="AREA", help="Only these areas.")
def list_command(select: tuple[str, ...], levels: tuple[str, ...], areas: tuple[str, ...]) -> None:
    """Lists requirements: id, level and sentence."""
    catalogue = load()
    settings = Settings(0, "", "mock", select=select, levels=levels, areas=areas)
    check_selection(catalogue, settings)
    for requirement in catalogue.values():
        if selected(requirement, settings):
            click.echo(f"{requirement.id}  {requirement.level}  {requirement.sentence}")


@click.command()
@click.argument("identifier", metavar="ID")
def explain(identifier: str) -> None:
    """Explains a requirement: sentence, source, what it takes, its tests, the lies it catches."""
    catalogue = load()
    if identifier not in catalogue:
        near = [each for each in catalogue if identifier in each][:NEAREST]
        hint = f" (did you mean {', '.join(near)}?)" if near else ""
        raise ConfigurationError(f"no requirement {identifier!r}{hint}")
    tests = [test.id for test in collect() if identifier in test.requirements]
    lies = [lie for lie in learn() if identifier in lie.caught_by]
    for line in _explained(catalogue[identifier], tests):
        click.echo(line)
    for lie in lies:
        click.echo(f"  lie       {lie.name}: {lie.sentence}")


def _explained(requirement: Requirement, tests: list[str]) -> list[str]:
    lines = [
        requirement.id,
        f"  sentence  {requirement.sentence}",
        f"  level     {requirement.level}",
        f"  source    {', '.join(requirement.source)}",
        f"  brokers   {requirement.brokers} or more",
        *(f"  needs     {need}: {NEEDS[need]}" for need in requirement.needs),
    ]
    if requirement.since or requirement.until:
        lines.append(f"  releases  from {requirement.since or 'the first'} to {requirement.until}")
    if requirement.untestable:
        lines.append(f"  untested  {requirement.untestable}: {UNTESTABLE[requirement.untestable]}")
    return [*lines, *(f"  test      {test}" for test in tests)]


@click.command()
@click.option("--untested", is_flag=True, help="Name what nothing tests.")
def coverage(untested: bool) -> None:
    """Prints how much of the catalogue is tested."""
    catalogue, tests = load(), collect()
    Console().print(_table(catalogue, tests))
    if untested:
        for identifier in by_area(catalogue, tests)["all"].untested:
            click.echo(f"{identifier}  {catalogue[identifier].level}")


def _table(catalogue: Catalogue, tests: tuple[TestCase, ...]) -> Table:
    table = Table("area", "entries", "tested", "untestable", "untested", "share of testable")
    for area, figures in by_area(catalogue, tests).items():
        untestable = sum(figures.untestable.values())
        numbers = (figures.entries, figures.tested, untestable, len(figures.untested))
        table.add_row(area, *map(str, numbers), f"{figures.share:.1%}")
    return table

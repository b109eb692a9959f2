"""The command `gazette-conformance`."""

import datetime as dt
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from conformance.access import EVERYTHING
from conformance.broker import Broker
from conformance.catalogue import LEVELS
from conformance.errors import ConfigurationError, ConformanceError, TargetError
from conformance.hosts import environments
from conformance.janitor import leftovers, tidy
from conformance.known_failing import KnownFailing, read_list, write_list
from conformance.launch import LaunchPlan
from conformance.options import access_of, caps_of, in_use_options
from conformance.patience import FULL
from conformance.queries import coverage, explain, list_command
from conformance.run import RunOptions, run_suite
from conformance.selftest.command import selftest
from conformance.settings import SEED_BITS, Settings, new_run_id, new_seed
from conformance.target import Target, TargetSpec
from conformance.verdict import EXIT_CODES, STOPPED_EARLY, Verdict

TARGET_OPTIONS = ("auth_key", "token", "tls_ca", "tls_cert", "tls_key", "file_root")
LAUNCH_OPTIONS = ("launch", "launch_command", "gazette_bin", "etcd_bin", "brokers")
EXPIRY = dt.timedelta(days=90)
"""How long a new entry of a known-failing list lasts until somebody has to look at it again."""
RESULTS = Path("conformance-results.jsonl")

PROFILES = {"mock": "mock", "gazette": "gazette-0.101"}
"""What is asked of targets of a kind, unless a profile is named; of others, the contract."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gazette-conformance")
def cli() -> None:
    """Checks Gazette brokers against the contract of their API."""


@cli.command()
@click.option("--target", "targets", multiple=True, metavar="HOST:PORT", help="A broker to test.")
@click.option("--profile", metavar="NAME", help="What is asked of it: a name, or a TOML file.")
@click.option("--auth-key", metavar="B64", help="Key to sign tokens with.")
@click.option("--token", metavar="T", help="Token to send with every call.")
@click.option("--tls-ca", type=click.Path(dir_okay=False), help="CA of the target's certificate.")
@click.option("--tls-cert", type=click.Path(dir_okay=False), help="Client certificate.")
@click.option("--tls-key", type=click.Path(dir_okay=False), help="Key of the client certificate.")
@click.option("--file-root", type=click.Path(file_okay=False), help="Behind its file stores.")
@click.option("--launch", type=click.Choice(["mock", "gazette"]), help="What to start and test.")
@click.option("--launch-command", metavar="COMMAND", help="Start this and test it.")
@click.option("--gazette-bin", metavar="PATH", help="Your gazette, for --launch gazette.")
@click.option("--etcd-bin", metavar="PATH", help="Your etcd, for --launch gazette.")
@click.option("--brokers", type=click.IntRange(1, 9), help="How many to start.")
@click.option("--select", multiple=True, metavar="PATTERN", help="Only ids that match (glob).")
@click.option("--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only these.")
@click.option("--area", "areas", multiple=True, metavar="AREA", help="Only these areas.")
@click.option("--known-failing", multiple=True, metavar="FILE", help="TOML or YAML list.")
@click.option(
    "--update-known-failing",
    "update",
    type=click.Path(path_type=Path),
    help="Write what failed to this list, after a complete run.",
)
@click.option("--allow-destructive", is_flag=True, help="Tests may end the target.")
@in_use_options
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--report", type=click.Path(path_type=Path), help="HTML report, beside results.")
@click.option("--seed", type=click.IntRange(0, 2**SEED_BITS - 1), help="Repeats a run.")
@click.option(
    "-n",
    "workers",
    type=click.IntRange(0, 64),
    help="Parallel processes; for many tests and no -n four at a mock, two at what is launched.",
)
@click.option(
    "--tx", multiple=True, metavar="SPEC", help="Where to run (pytest-xdist): 2*popen, ssh=…"
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option(
    "--patience",
    type=click.FloatRange(0.1, 600),
    default=FULL,
    show_default=True,
    help="Seconds the target may take to answer.",
)
def run(
    results: Path,
    report: Path | None,
    update: Path | None,
    fail_fast: bool,
    **asked: Any,
) -> None:
    """Runs the suite; without --target, against the mock broker.

    Exits 0 conformant, 1 nonconformant, 2 usage or configuration, 3 target unreachable or
    harness failed, 4 known-failing list stale, 5 incomplete.
    """
    settings = settings_of(asked)
    partial = fail_fast or settings.select or settings.levels or settings.areas
    if update and (partial or settings.access != EVERYTHING):
        raise ConfigurationError("--update-known-failing needs a run of everything")
    options = options_of(asked, results, fail_fast=fail_fast)
    console = Console()
    verdict = run_suite(settings, options, console)
    if update:
        update_list(update, verdict)
        console.print(f"known-failing list: {update}", highlight=False, soft_wrap=True)
    console.print(f"results: {results}", highlight=False, soft_wrap=True)
    show_report(console, results, report or results.with_suffix(".html"))
    sys.exit(verdict.exit_code)


def settings_of(asked: dict[str, Any]) -> Settings:
    """The settings that the options of `run` ask for.

    Raises:
        ConfigurationError: options contradict each other, or a value is malformed.
    """
    seed = new_seed() if asked["seed"] is None else asked["seed"]
    launched = [name for name in LAUNCH_OPTIONS if asked[name] is not None]
    external = [name for name in TARGET_OPTIONS if asked[name] is not None]
    if asked["targets"] and launched:
        raise ConfigurationError(f"{_option(launched[0])} does not go with --target")
    if external and not asked["targets"]:
        raise ConfigurationError(f"{_option(external[0])} needs a --target")
    access = access_of(asked)
    plan = launch_plan(asked)
    kind = "external" if asked["targets"] else plan.kind
    return Settings(
        seed=seed,
        run_id=new_run_id(seed),
        profile=asked["profile"] or PROFILES.get(kind, "contract"),
        target=_external(asked) if asked["targets"] else None,
        launch=plan,
        select=asked["select"],
        levels=asked["levels"],
        areas=asked["areas"],
        known_failing=asked["known_failing"],
        allow_destructive=asked["allow_destructive"],
        patience=asked["patience"],
        access=access,
        chosen_by=asked["journals"],
        caps=caps_of(asked, access),
    )


def options_of(asked: dict[str, Any], results: Path, *, fail_fast: bool) -> RunOptions:
    """How the options of `run` ask it to be done.

    Raises:
        ConfigurationError: options contradict each other, or an environment is malformed.
    """
    if asked["tx"] and asked["workers"] is not None:
        raise ConfigurationError("--tx does not go with -n (write --tx 2*popen for two processes)")
    tx = environments(asked["tx"])
    return RunOptions(results, asked["workers"], fail_fast, tx)


def update_list(path: Path, verdict: Verdict) -> None:
    """Writes a known-failing list of what failed: old entries as they were, others to explain.

    Raises:
        ConfigurationError: the run was not complete, or the list cannot be read or written.
    """
    early = any(found.reason == STOPPED_EARLY for found in verdict.outcomes.values())
    if early or verdict.name in {"error", "incomplete"}:
        raise ConfigurationError(f"the run was not complete: {path} stays as it was")
    before = {entry.id: entry for entry in read_list(path)} if path.exists() else {}
    expires = dt.datetime.now(dt.UTC).date() + EXPIRY
    failed = [each for each, found in verdict.outcomes.items() if found.outcome == "failed"]
    known = {each for each, found in verdict.outcomes.items() if found.outcome == "known-failing"}
    kept = [each for each in before if each in known]
    entries = [
        before.get(each, KnownFailing(each, "to be explained", "", expires))
        for each in sorted({*failed, *kept})
    ]
    write_list(path, entries)


def launch_plan(asked: dict[str, Any]) -> LaunchPlan:
    """What the options ask to launch; the mock with one broker, if they ask for nothing."""
    given = {name: asked[name] for name in ("gazette_bin", "etcd_bin", "brokers") if asked[name]}
    command = asked["launch_command"] or ""
    if command and asked["launch"]:
        raise ConfigurationError("--launch-command does not go with --launch")
    kind = "command" if command else asked["launch"] or "mock"
    if kind != "gazette" and (asked["gazette_bin"] or asked["etcd_bin"]):
        raise ConfigurationError("--gazette-bin and --etcd-bin go with --launch gazette")
    return LaunchPlan(kind=kind, command=command, **given)


def _external(asked: dict[str, Any]) -> TargetSpec:
    access = {name: asked[name] for name in TARGET_OPTIONS}
    return TargetSpec(kind="external", addresses=asked["targets"], **access)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@cli.command()
@click.option("--target", required=True, metavar="HOST:PORT", help="The broker to tidy.")
@click.option("--auth-key", metavar="B64", help="Key to sign tokens with.")
@click.option("--token", metavar="T", help="Token to send with every call.")
@click.option("--tls-ca", type=click.Path(dir_okay=False), help="CA of the target's certificate.")
@click.option("--tls-cert", type=click.Path(dir_okay=False), help="Client certificate.")
@click.option("--tls-key", type=click.Path(dir_okay=False), help="Key of the client certificate.")
@click.option("--run-id", metavar="ID", help="Only this run; by default all of them.")
@click.option("--dry-run", is_flag=True, help="Only tell what there is.")
def janitor(target: str, run_id: str | None, dry_run: bool, **access: Any) -> None:
    """Removes journals that killed runs left; do not use it beside a run that goes on."""
    spec = TargetSpec(kind="external", addresses=(target,), **access)
    reached = Target(spec, exact_texts=False)
    try:
        reached.await_reachable()
        _tidy(reached.broker, run_id, dry_run=dry_run)
    finally:
        reached.close()


def _tidy(broker: Broker, run_id: str | None, *, dry_run: bool) -> None:
    runs = leftovers(broker, run_id)
    for run, count in sorted(runs.items()):
        kept = count if dry_run else tidy(broker, run)
        click.echo(f"{run}: {count - kept} of {count} journals removed")
        if kept and not dry_run:
            raise TargetError(f"{kept} journals of run {run} could not be removed")
    if not runs:
        click.echo("no journals of the suite")


def show_report(console: Console, results: Path, report: Path) -> None:
    """Renders the HTML report in a process of its own, and says where it is."""
    command = [sys.executable, "-m", "reports", "html", str(results), "-o", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    told = f"report: {report}" if done.returncode == 0 else f"no report: {done.stderr.strip()}"
    console.print(told, highlight=False, soft_wrap=True)


for command in (list_command, explain, coverage, selftest):
    cli.add_command(command)


def main() -> None:
    """Runs the command; what goes wrong is one sentence and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(cli.main(standalone_mode=False))
    except ConformanceError as error:
        click.echo(f"gazette-conformance: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ConfigurationError.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("gazette-conformance: interrupted", err=True)
        sys.exit(EXIT_CODES["incomplete"])
    except Exception:  # noqa: BLE001 - an error of the harness must not look like a verdict
        traceback.print_exc()
        sys.exit(EXIT_CODES["error"])


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()

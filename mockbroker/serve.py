"""`mockbroker serve`: a cluster in a process of its own."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from mockbroker.cluster import MAX_BROKERS, MockCluster
from mockbroker.core.broker import Settings
from mockbroker.errors import MockError
from mockbroker.http.port import HttpPort, listen, url_of
from mockbroker.http.side import control_side
from mockbroker.loop import new_loop
from mockbroker.tls import Tls
from protocol.errors import ProtocolError
from protocol.releases import Release

PARENT_POLL = 0.2
"""Seconds between two looks whether the parent is still there."""


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Options:
    """What `serve` was asked for."""

    brokers: int
    host: str
    port: int
    file_root: Path | None
    auth_key: str | None
    zones: Sequence[str]
    lease: float
    refresh_rate: float
    seed: int
    faults: Path | None
    control: bool
    lie: str | None
    with_parent: bool
    release: str
    auto_suspend: bool
    data_dir: Path | None
    sockets: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    tls_ca: Path | None
    http: bool
    fragment_urls: Literal["file", "http"]
    allow_origins: Sequence[str]


@click.command()
@click.option(
    "--brokers", default=1, show_default=True, type=click.IntRange(1, MAX_BROKERS), help="How many."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the first broker, which the others follow; 0 takes free ones.",
)
@click.option(
    "--file-root",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Directory of file:// stores; a temporary one if not given.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keeps journals and their content over restarts and crashes.",
)
@click.option(
    "--sockets",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Directory of Unix sockets that gRPC is served at instead of ports.",
)
@click.option("--tls-cert", type=_FILE, help="Certificate of the brokers, in PEM.")
@click.option("--tls-key", type=_FILE, help="Its key, in PEM.")
@click.option("--tls-ca", type=_FILE, help="Authority of clients, which must have certificates.")
@click.option("--auth-key", envvar="BROKER_AUTH_KEYS", help="Base64 keys; tokens are demanded.")
@click.option("--zone", "zones", multiple=True, help="Zone of a broker; once for each.")
@click.option(
    "--lease", default=20.0, show_default=True, type=click.FloatRange(0), help="Lease in seconds."
)
@click.option(
    "--refresh-rate",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.01, 100),
    help="How many times as often as journals ask for their stores are listed again.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of ids and allocation.")
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of fault rules.",
)
@click.option("--lie", metavar="NAME", help="Break one rule; `mockbroker lies` tells the names.")
@click.option(
    "--release",
    type=click.Choice([each.value for each in Release]),
    default=Release.V0_101.value,
    show_default=True,
    help="Release of the brokers.",
)
@click.option("--auto-suspend", is_flag=True, help="Suspend idle journals.")
@click.option("--http/--no-http", default=True, help="Serve HTTP too, on ports of its own.")
@click.option(
    "--fragment-urls",
    type=click.Choice(["file", "http"]),
    default="file",
    show_default=True,
    help="Sign URLs of fragments as a broker does, or such that this process serves them.",
)
@click.option("--allow-origin", "allow_origins", multiple=True, help="Web pages that may call.")
@click.option("--control/--no-control", default=True, help="Serve the control API, on loopback.")
@click.option("--with-parent", is_flag=True, help="End when the parent process does.")
def serve(**options: Any) -> None:
    """Serve a cluster until SIGTERM; one JSON line on stdout tells when it is ready."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(_serve(Options(**options)))
    except (MockError, ProtocolError) as error:
        hint = getattr(error, "hint", None)
        raise click.UsageError(f"{error} ({hint})" if hint else str(error)) from error


async def _serve(options: Options) -> None:
    parent = os.getppid()  # before anybody is told that it serves, and may leave
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    cluster = _cluster(options)
    async with cluster, AsyncExitStack() as stack:
        line = described(cluster)
        if options.control:
            listener = listen()
            line["control"] = url_of(listener)
            stack.push_async_callback(HttpPort(listener, control_side(cluster)).close)
        print(json.dumps(line), flush=True)  # noqa: T201 - the line callers wait for
        watch = (
            asyncio.ensure_future(_until_orphaned(parent, stopped)) if options.with_parent else None
        )
        await stopped.wait()
        if watch is not None:
            watch.cancel()


def _cluster(options: Options) -> MockCluster:
    cluster = MockCluster(
        options.brokers,
        zones=options.zones or None,
        host=options.host,
        ports=[options.port and options.port + index for index in range(options.brokers)],
        file_root=options.file_root,
        auth_keys=options.auth_key,
        lease=options.lease,
        seed=options.seed,
        settings=Settings(
            release=Release(options.release),
            auto_suspend=options.auto_suspend,
            refresh_rate=options.refresh_rate,
        ),
        data_dir=options.data_dir,
        http=options.http,
        fragment_urls=options.fragment_urls,
        allow_origins=options.allow_origins,
        sockets=options.sockets,
        tls=Tls.of(options.tls_cert, options.tls_key, options.tls_ca),
    )
    if options.faults is not None:
        from mockbroker.faults.scenario import load_scenario  # noqa: PLC0415 - few load YAML

        cluster.faults.load(load_scenario(options.faults))
    if options.lie is not None:
        _tell(cluster, options.lie)
    return cluster


def _tell(cluster: MockCluster, name: str) -> None:
    from mockbroker.lies import find  # noqa: PLC0415 - few lie
    from mockbroker.lies.liar import Liar, install  # noqa: PLC0415 - few lie

    lie = find(name)
    install(lie.patches)
    cluster.interceptor = Liar(lie)


def described(cluster: MockCluster) -> dict[str, Any]:
    """Returns what callers learn about a cluster that is ready."""
    described: dict[str, Any] = {
        "ready": True,
        "pid": os.getpid(),
        "brokers": [
            {
                "id": {"zone": node.id.zone, "suffix": node.id.suffix},
                "endpoint": node.endpoint,
                "address": node.address,
            }
            | ({"http": node.http} if node.http else {})
            for node in cluster.brokers
        ],
    }
    if cluster.fragments:
        described["fragments"] = cluster.fragments
    return described


async def _until_orphaned(parent: int, stopped: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(PARENT_POLL)
    stopped.set()

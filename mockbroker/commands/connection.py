"""The broker that a command talks to, and how its answers end the command.

Exit codes of all commands: 0 done, 1 refused by the broker, 2 used wrongly (which includes
files that cannot be read and specifications that are not valid), 3 broker not reachable.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import grpc

from protocol import JournalStub, Status
from protocol.auth import Keys, derive_claims
from protocol.dispatch.options import connector
from protocol.dispatch.target import target_of
from protocol.errors import ProtocolError

_DEFAULT_ADDRESS: Final = "http://localhost:8080"
_TOKEN_SECONDS: Final = 3600.0
_UNREACHABLE_CODES: Final = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
)


class RefusedError(click.ClickException):
    """The broker refused."""

    exit_code = 1


class MisuseError(click.ClickException):
    """The command was given what cannot be used."""

    exit_code = 2


class UnreachableError(click.ClickException):
    """The broker cannot be reached, or does not answer in time."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that tell how to reach a broker, by the names of Gazette's tools."""

    broker: str
    token: str
    auth_keys: str
    ca: Path | None
    cert: Path | None
    cert_key: Path | None
    timeout: float


class Connection:
    """Calls of one broker.

    Args:
        settings: How to reach it.
        stub: Calls of the service.
        keys: What signs the calls, if anything does.
    """

    def __init__(self, settings: Settings, stub: JournalStub, keys: Keys | None) -> None:
        self._settings = settings
        self._stub = stub
        self._keys = keys

    def call(self, rpc: str, request: Any, *, timed: bool = True) -> Any:
        """Starts `rpc` with `request`; a call that is not `timed` may take for ever."""
        return self._start(rpc, request, request, timed)

    def send(self, rpc: str, first: Any, requests: Iterator[Any]) -> Any:
        """Starts `rpc`, of which `first` is the first of `requests`."""
        return self._start(rpc, first, requests, timed=False)

    def _start(self, rpc: str, asks: Any, sends: Any, timed: bool) -> Any:
        timeout = self._settings.timeout if timed else None
        call = getattr(self._stub, rpc)
        return call(sends, timeout=timeout, metadata=self._metadata(rpc, asks))

    def _metadata(self, rpc: str, request: Any) -> list[tuple[str, str]]:
        if self._settings.token:
            return [("authorization", f"Bearer {self._settings.token}")]
        if self._keys is None:
            return []
        claims = derive_claims(rpc, request)
        signed = self._keys.authorization(claims, now=time.time(), lifetime=_TOKEN_SECONDS)
        return [("authorization", signed)]


def broker_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that reach a broker, and a `Connection` as first argument."""

    @click.option(
        "--broker",
        envvar="BROKER_ADDRESS",
        default=_DEFAULT_ADDRESS,
        show_default=True,
        metavar="URL",
        help="Any broker of the cluster.",
    )
    @click.option("--token", envvar="BROKER_AUTH_TOKEN", default="", help="Token of every call.")
    @click.option(
        "--auth-keys",
        envvar="BROKER_AUTH_KEYS",
        default="",
        metavar="B64",
        help="Keys, of which the first signs tokens.",
    )
    @click.option("--ca", envvar="BROKER_TRUSTED_CA_FILE", type=_FILE, help="Trusted authority.")
    @click.option("--cert", envvar="BROKER_CERT_FILE", type=_FILE, help="Client certificate.")
    @click.option("--cert-key", envvar="BROKER_CERT_KEY_FILE", type=_FILE, help="And its key.")
    @click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=10.0,
        show_default=True,
        help="Seconds a call may take, unless it waits for content or changes.",
    )
    @functools.wraps(command)
    def connected(**given: Any) -> None:
        settings = Settings(**{name: given.pop(name) for name in Settings.__slots__})
        with told_errors(settings.broker), _connect(settings) as connection:
            command(connection, **given)

    return connected


def expect_ok(response: Any, what: str, detail: str = "") -> None:
    """Ends the command unless the broker answered OK."""
    if response.status != Status.OK:
        reason = f"{Status.Name(response.status)}{detail and f' ({detail})'}"
        raise RefusedError(f"{what}: {reason}")


@contextmanager
def told_errors(broker: str) -> Iterator[None]:
    """Ends the command with a sentence for each error of the call, the protocol, and files."""
    try:
        yield
    except grpc.RpcError as error:
        raise _of_call(error, broker) from error
    except ProtocolError as error:
        text = f"{error}; {error.hint}" if error.hint else str(error)
        raise MisuseError(text) from error
    except OSError as error:
        raise MisuseError(str(error)) from error


def _of_call(error: Any, broker: str) -> click.ClickException:
    code, details = error.code(), " ".join((error.details() or "").split())
    if code in _UNREACHABLE_CODES:
        return UnreachableError(f"cannot reach broker {broker}: {details}")
    return RefusedError(f"{code.name}: {details}")


@contextmanager
def _connect(settings: Settings) -> Iterator[Connection]:
    keys = Keys.parse(settings.auth_keys) if settings.auth_keys else None
    connect = connector(grpc, _credentials(settings), ())
    with connect(target_of(settings.broker)) as channel:
        yield Connection(settings, JournalStub(channel), keys)


def _credentials(settings: Settings) -> grpc.ChannelCredentials | None:
    files = (settings.ca, settings.cert_key, settings.cert)
    if not any(files):
        return None
    return grpc.ssl_channel_credentials(*(file.read_bytes() if file else None for file in files))


_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

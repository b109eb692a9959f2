"""Where the processes of a run are: here, or on other hosts, as pytest-xdist names them."""

import ipaddress
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import execnet

from conformance.errors import ConfigurationError, HostError
from conformance.target import TargetSpec

PACKAGE = Path(__file__).parent
APART = "env:PYTEST_DISABLE_PLUGIN_AUTOLOAD=1"
"""What keeps plugins of other hosts from the run, as here."""
ANSWERS_WITHIN = 30.0
"""Seconds for an environment to start Python and look at what is installed."""

_PROBE = """
import sys
from importlib.metadata import version
channel.send((version("gazette-conformance"), tuple(sys.version_info[:2])))
"""


def environments(specs: Sequence[str]) -> list[str]:
    """The environments that `--tx` asks for, one by one: `2*popen` is two of them.

    Raises:
        ConfigurationError: one of them is none that execnet knows.
    """
    found = []
    for text in specs:
        number, star, rest = text.partition("*")
        count, spec = (int(number), rest) if star and number.isdecimal() else (1, text)
        if not 0 < count <= MOST or not _is_known(spec):
            raise ConfigurationError(
                f"--tx {text} is no execution environment, such as 2*popen or ssh=user@host"
            )
        found += [spec] * count
    return found


MOST = 64
"""How many processes one option may ask for."""


def check_reach(specs: Sequence[str], target: TargetSpec | None) -> None:
    """Refuses other hosts where the target is one that they cannot reach.

    Raises:
        ConfigurationError: it is launched, or is on the loopback of this host.
    """
    away = next((spec for spec in specs if not _is_here(spec)), None)
    if away is None:
        return
    if target is None:
        raise ConfigurationError(f"--tx {away} needs a --target, which other hosts can reach")
    local = next((each for each in target.addresses if _is_loopback(each)), None)
    if local is not None:
        raise ConfigurationError(f"--tx {away} cannot reach {local}, a loopback address")


def check_hosts(specs: Sequence[str]) -> None:
    """Starts each kind of environment once, and holds that it can run this suite.

    Raises:
        HostError: it does not start, or has another release of the suite, or of Python.
    """
    for spec in dict.fromkeys(specs):
        group = execnet.Group()
        try:
            channel = _started(group, spec).remote_exec(_PROBE)
            release, python = channel.receive(ANSWERS_WITHIN)
        except (OSError, EOFError) as error:
            raise HostError(f"--tx {spec} cannot be started: {_sentence(error)}") from None
        except execnet.RemoteError as error:
            raise HostError(f"--tx {spec} lacks the suite: {_sentence(error)}") from None
        finally:
            group.terminate(timeout=1.0)
        own = version("gazette-conformance")
        if release != own:
            raise HostError(f"--tx {spec} has release {release} of the suite, and not {own}")
        if _is_here(spec) and tuple(python) != sys.version_info[:2]:
            told = ".".join(map(str, python))
            raise HostError(f"--tx {spec} has Python {told}: processes of one host share one")


def _started(group: execnet.Group, spec: str) -> execnet.Gateway:
    """The gateway of one environment.

    execnet leaves the process and the pipes of one that does not start to the garbage
    collector: both are gone, and nothing is told of them, when this raises.
    """
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        try:
            return group.makegateway(spec)
        except AssertionError:
            told = "what it answers is not from Python"
        except (OSError, EOFError, execnet.HostNotFound) as error:
            told = _sentence(error)
    raise HostError(f"--tx {spec} cannot be started: {told}")


def arguments(specs: Sequence[str]) -> list[str]:
    """What pytest-xdist is told; the suites are copied to environments that are not here."""
    words = ["--dist", "load", "--max-worker-restart", "0"]
    if not all(map(_is_here, specs)):
        words += ["--rsyncdir", str(PACKAGE)]
    apart = (spec if _is_here(spec) else f"{spec}//{APART}" for spec in specs)
    return [*words, *(word for spec in apart for word in ("--tx", spec))]


def _is_known(spec: str) -> bool:
    try:
        parsed = execnet.XSpec(spec)
    except (AttributeError, IndexError, ValueError):
        return False
    return bool(parsed.popen or parsed.ssh or parsed.socket or parsed.vagrant_ssh)


def _is_here(spec: str) -> bool:
    parsed = execnet.XSpec(spec)
    return bool(parsed.popen) and not parsed.chdir


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sentence(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__

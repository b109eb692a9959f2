"""Lies of brokers that pass a call on, and change its course."""

from typing import Any

from mockbroker.core.actions import AbortError, Code
from mockbroker.lies.lie import lie

RELAY = "mockbroker.rpc.proxy:relay"


@lie("header.proxy-is-transparent", replaces=RELAY, brokers=3)
async def errors_of_peers_are_unavailable(honest: Any, *arguments: Any) -> None:
    """An error of the broker that serves reaches the client as UNAVAILABLE."""
    try:
        await honest(*arguments)
    except AbortError as error:
        raise AbortError(error.details, Code.UNAVAILABLE) from error


@lie("header.proxy-is-transparent", replaces=RELAY, brokers=3)
async def errors_of_peers_are_introduced(honest: Any, *arguments: Any) -> None:
    """The text of an error of the broker that serves is put behind the proxy's own words."""
    try:
        await honest(*arguments)
    except AbortError as error:
        raise AbortError(f"proxy: {error.details}", error.code) from error


@lie("header.proxy-is-transparent", replaces="mockbroker.rpc.proxy:_forward", brokers=3)
async def proxies_commit_what_their_client_did_not(
    _honest: Any, pump: Any, call: Any, first: Any
) -> None:
    """A proxied append that is half-closed without commit intent is committed."""
    await call.write(first)
    request = b""
    while isinstance(request := await pump.next_raw(), bytes | memoryview):
        await call.write(bytes(request))
    await call.write(b"")
    await call.done_writing()


@lie("read.replica-serves-locally", replaces="mockbroker.core.resolver:_server", brokers=3)
def replicas_leave_reads_to_the_primary(
    honest: Any, local: Any, route: Any, *, primary: bool
) -> Any:
    """A replica that is not primary passes reads on."""
    return honest(local, route, primary=primary or (local in route[0] and route[1] >= 0))


@lie("header.proxy-prefers-own-zone", replaces="mockbroker.core.resolver:_endpoint")
def proxies_ask_the_last_member(honest: Any, broker: Any, resolved: Any) -> Any:
    """A read is passed on to the last member, of whatever zone."""
    if resolved.header.process_id.suffix:
        return honest(broker, resolved)
    return resolved.header.route.endpoints[-1]


@lie(
    "read.non-member-refuses-unproxied",
    "header.refusal-names-its-author",
    brokers=3,
    requests="Read",
)
def metadata_may_always_be_proxied(message: Any, _seen: Any) -> None:
    """A read of metadata alone is passed on although that is forbidden."""
    if message.metadata_only:
        message.do_not_proxy = False

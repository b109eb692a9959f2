"""How the dispatch channels connect."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from protocol.dispatch.target import Target

Options = Sequence[tuple[str, Any]]

IDLE_TIMEOUT = 30.0
"""Seconds after which a connection that nobody uses is closed."""

_DEFAULTS = (
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.client_idle_timeout_ms", int(IDLE_TIMEOUT * 1000)),
)


def connector(
    library: Any, credentials: grpc.ChannelCredentials | None, options: Options
) -> Callable[[Target], Any]:
    """Returns what makes channels of `library`, which is `grpc` or `grpc.aio`.

    Args:
        library: Has `insecure_channel` and `secure_channel`.
        credentials: Of TLS connections; None for the system's trusted authorities.
        options: Of every channel, over our own: messages up to 16 MiB, attempts to
            connect 5 seconds apart at most, and no connection that idles.
    """
    given = {name for name, _ in options}
    merged = [*(option for option in _DEFAULTS if option[0] not in given), *options]

    def connect(target: Target) -> Any:
        if not target.secure:
            return library.insecure_channel(target.address, options=merged)
        secret = credentials or grpc.ssl_channel_credentials()
        return library.secure_channel(target.address, secret, options=merged)

    return connect

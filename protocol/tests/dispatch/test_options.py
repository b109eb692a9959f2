"""How dispatch channels connect."""

from typing import Any

import grpc

from protocol.dispatch import Target
from protocol.dispatch.options import connector


class _Library:
    """Stands for `grpc`: tells what it was asked for."""

    def insecure_channel(self, address: str, **settings: Any) -> Any:
        """A channel without TLS."""
        return ("insecure", address, None, dict(settings["options"]))

    def secure_channel(self, address: str, credentials: Any, **settings: Any) -> Any:
        """A channel with TLS."""
        return ("secure", address, credentials, dict(settings["options"]))


def test_tls_by_target() -> None:
    """Each target decides for itself whether TLS is spoken, with the credentials given."""
    credentials = grpc.ssl_channel_credentials()
    connect = connector(_Library(), credentials, ())

    assert connect(Target("host:80"))[:3] == ("insecure", "host:80", None)
    assert connect(Target("host:443", secure=True))[:3] == ("secure", "host:443", credentials)


def test_default_credentials() -> None:
    """Without credentials, the system's authorities are trusted."""
    connect = connector(_Library(), None, ())

    assert isinstance(connect(Target("host:443", secure=True))[2], grpc.ChannelCredentials)


def test_options() -> None:
    """Messages may have 16 MiB, unless an option says otherwise."""
    size = "grpc.max_receive_message_length"
    ours = connector(_Library(), None, ())(Target("host:80"))[3]
    theirs = connector(_Library(), None, [(size, 7), ("grpc.other", 1)])(Target("host:80"))[3]

    assert ours[size] == 16 << 20
    assert (theirs[size], theirs["grpc.other"]) == (7, 1)
    assert theirs["grpc.max_reconnect_backoff_ms"] == 5000

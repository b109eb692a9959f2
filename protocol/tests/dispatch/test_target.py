"""What is dialled for an endpoint or address."""

import pytest

from protocol.dispatch import Target, target_of
from protocol.urls import UrlError


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("http://host", Target("host:80")),
        ("http://host:8080/ignored", Target("host:8080")),
        ("HTTPS://host", Target("host:443", secure=True)),
        ("https://host:8443", Target("host:8443", secure=True)),
        ("unix://host/run/broker.sock", Target("unix:///run/broker.sock")),
        ("127.0.0.1:8080", Target("127.0.0.1:8080")),
        ("ipv4:127.0.0.1:1,127.0.0.1:2", Target("ipv4:127.0.0.1:1,127.0.0.1:2")),
    ],
)
def test_targets(endpoint: str, target: Target) -> None:
    """URLs are dialled by host and port, in TLS only for `https`; other text is as it is."""
    assert target == target_of(endpoint)


def test_not_a_url() -> None:
    """What begins like a URL but is not one is an error in one sentence."""
    with pytest.raises(UrlError, match="invalid port"):
        target_of("http://host:x")

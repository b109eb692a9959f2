"""Tokens of calls, by either client, over a mock cluster which demands them."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from protocol.auth import Capability, Claims, Keys
from protocol.client import CallError
from protocol.tests.client.conftest import content_of, spec, upsert

_KEYS = base64.b64encode(b"a secret of this cluster").decode()
_OTHERS = base64.b64encode(b"a secret of another one").decode()

pytestmark = pytest.mark.mock_cluster(auth_keys=_KEYS)


def _token(now: float, lifetime: float = 60) -> str:
    return Keys.parse(_KEYS).sign(Claims(Capability.ALL), now=now, lifetime=lifetime)


def test_keys_sign_every_call(connect: Callable[..., Any]) -> None:
    """With keys, each call has a token that allows just what it needs."""
    client = connect(token=Keys.parse(_KEYS))
    client.apply([upsert(spec())])
    client.append("a/journal", b"content")

    assert len(client.list().journals) == 1
    assert content_of(client.read("a/journal")) == b"content"


def test_given_token(connect: Callable[..., Any], mock_cluster: Any) -> None:
    """A token that was given is used for all calls, and nothing helps when it is no good."""
    good = connect(token=_token(mock_cluster.cluster.clock.now()))
    bad = connect(token=_token(1000.0))
    good.apply([upsert(spec())])

    with pytest.raises(CallError, match="token is expired") as caught:
        bad.list()

    assert caught.value.code == "UNAUTHENTICATED"


def test_without_token(connect: Callable[..., Any]) -> None:
    """Without a token, calls are refused and not repeated."""
    with pytest.raises(CallError, match="missing or empty Authorization token"):
        connect().append("a/journal", b"content")


def test_wrong_keys(connect: Callable[..., Any]) -> None:
    """Keys of another cluster are tried once more, and then told."""
    with pytest.raises(CallError, match="signature is invalid"):
        connect(token=Keys.parse(_OTHERS)).list()


def test_renewed_token(connect: Callable[..., Any], mock_cluster: Any) -> None:
    """When a token has ended, the next one is asked for, once."""
    now = mock_cluster.cluster.clock.now()
    tokens = iter([_token(1000.0), _token(now), _token(now)])
    client = connect(token=lambda: next(tokens))

    assert client.list().journals == ()
    assert len(list(tokens)) == 1

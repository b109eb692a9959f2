"""Validation of messages, beyond what was recorded."""

import pytest

from protocol import (
    AppendRequest,
    CompressionCodec,
    Duration,
    Fragment,
    FragmentStoreHealthRequest,
    Header,
    ProtocolError,
    ReplicateRequest,
    SHA1Sum,
    ValidationError,
    strategies,
    validate,
)
from protocol.tests.ops.vector import message_class
from protocol.tests.test_strategies import KINDS
from protocol.validate import RULES, Release
from protocol.validate.token import is_clean, validate_token


@pytest.mark.parametrize("name", KINDS)
def test_every_message_can_be_validated(name: str) -> None:
    """The zero value of each message is valid, or breaks a rule of that message."""
    try:
        validate(message_class(name)())
    except ValidationError as error:
        rule = RULES[error.rule]
        assert f"protocol.{rule.type}" == name
        assert error.rule in strategies.rules_broken_by(message_class(name))  # noqa: PT017


def test_foreign_messages_are_told() -> None:
    """What is no message of the protocol is an error of its own."""
    with pytest.raises(ProtocolError, match=r"cannot validate a google\.protobuf\.Duration"):
        validate(Duration())
    validate(SHA1Sum())


def test_rules_are_sentences() -> None:
    """Each rule has an id of its own, a type, and a sentence that begins in lower case."""
    for name, rule in RULES.items():
        assert name == rule.id
        assert rule.type
        assert rule.sentence
        assert rule.sentence[0].islower()
        assert not rule.sentence.endswith(".")


def test_an_error_tells_path_rule_and_message() -> None:
    """The parts of an error are there one by one."""
    header = Header()
    header.route.members.add(zone="a", suffix="abcd")
    header.route.members.add(zone="a b", suffix="abcd")

    with pytest.raises(ValidationError) as error:
        validate(header)

    assert error.value.path == "Route.Members[1].Zone"
    assert error.value.message == "not a valid token (a b)"
    assert error.value.rules == (
        "VAL-HEADER-02",
        "VAL-ROUTE-01",
        "VAL-PROCESSID-02",
    )


def test_a_proposal_without_registers_stays_without() -> None:
    """A broker adds registers to what it validates; here nothing is added."""
    request = ReplicateRequest(
        proposal=Fragment(journal="a/journal", compression_codec=CompressionCodec.GZIP)
    )

    validate(request)

    assert not request.HasField("registers")


def test_the_newest_release_may_keep_a_suspension() -> None:
    """SUSPEND_KEEP is known to the newest release, and to v0.101.0 only a number."""
    first = AppendRequest(journal="a/journal", suspend=AppendRequest.SUSPEND_KEEP)
    later = AppendRequest(suspend=AppendRequest.SUSPEND_KEEP)

    validate(first, Release.NEWEST)
    with pytest.raises(ValidationError, match=r"^Suspend: invalid Suspend variant \(4\)$"):
        validate(first)
    with pytest.raises(ValidationError, match=r"^unexpected Suspend \(4; "):
        validate(later)
    with pytest.raises(ValidationError, match=r"^unexpected Suspend \(SUSPEND_KEEP; "):
        validate(later, Release.NEWEST)


def test_only_the_newest_release_looks_at_prefixes_to_delete() -> None:
    """A prefix that leads out of the store is fine to v0.101.0, which drops it."""
    request = FragmentStoreHealthRequest(
        fragment_store="s3://bucket/", check_delete=True, check_delete_prefix="../a/"
    )

    validate(request)
    with pytest.raises(ValidationError, match="CheckDeletePrefix: cannot traverse outside"):
        validate(request, Release.NEWEST)


@pytest.mark.parametrize("path", ["a", "a/b", "/", "/a", ".", "..", "../..", "../a", "..a/b.."])
def test_shortest_paths_are_clean(path: str) -> None:
    """A path that cannot be shorter is clean."""
    assert is_clean(path)


@pytest.mark.parametrize(
    "path", ["a/", "//a", "a//b", "./a", "a/.", "a/..", "/..", "/../a", "../", "a/../../b", "//"]
)
def test_longer_paths_are_not_clean(path: str) -> None:
    """A path that could be shorter is not clean."""
    assert not is_clean(path)


def test_symbols_of_a_token_are_those_given() -> None:
    """Any symbol can be allowed, and none is by itself."""
    validate_token("a!b", "!", 0, 3)
    with pytest.raises(ValidationError, match=r"^not a valid token \(a-b\)$"):
        validate_token("a-b", "!", 0, 3)

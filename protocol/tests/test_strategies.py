"""Strategies of messages, and by them the properties of validation and encoding."""

from random import Random
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from protocol import Duration, ProtocolError, ValidationError, strategies, validate
from protocol.encoding import encode, reencode
from protocol.releases import Release
from protocol.tests.ops.vector import message_class
from protocol.validate import RULES
from protocol.wire import messages

UNREACHABLE = {
    "VAL-TOKEN-01": "broken tokens are told by rules of what is made of them",
    "VAL-TOKEN-02": "likewise",
    "VAL-OFFSETS-01": "no message has offsets by journal",
    "VAL-OFFSETS-02": "likewise",
    "VAL-REPLREQ-04": "absent registers count as empty",
}


def _kinds(descriptors: Any, prefix: str) -> list[str]:
    names = []
    for name, descriptor in descriptors.items():
        names += [f"{prefix}{name}", *_kinds(descriptor.nested_types_by_name, f"{prefix}{name}.")]
    return names


KINDS = _kinds(messages.DESCRIPTOR.message_types_by_name, "protocol.")
BROKEN = [
    (name, rule)
    for name in KINDS
    if name != "protocol.SHA1Sum"
    for rule in strategies.rules_broken_by(message_class(name))
]
few = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@pytest.mark.parametrize("name", KINDS)
@few
@given(data=st.data())
def test_valid_validates_for_every_release(name: str, data: st.DataObject) -> None:
    """A valid message is one to both releases, and validation leaves it as it is."""
    message = data.draw(strategies.valid(message_class(name)))
    before = message.SerializeToString(deterministic=True)

    for release in Release:
        validate(message, release)

    assert message.SerializeToString(deterministic=True) == before


@pytest.mark.parametrize("name", KINDS)
@few
@given(data=st.data())
def test_valid_survives_bytes_and_json(name: str, data: st.DataObject) -> None:
    """A valid message is the same after a trip through bytes and through JSON."""
    kind = message_class(name)
    message = data.draw(strategies.valid(kind))

    assert kind.FromString(message.SerializeToString()) == message
    assert _from_json(json_format.MessageToJson(message), kind) == message


def _from_json(text: str, kind: type[Message]) -> Message:
    return json_format.Parse(text, kind(), descriptor_pool=messages.POOL)


@pytest.mark.parametrize("name", KINDS)
@few
@given(data=st.data())
def test_the_brokers_encoding_is_a_fixed_point(name: str, data: st.DataObject) -> None:
    """What a broker sends is valid to who receives it, and is sent on unchanged.

    Only empty content is never sent, and so lost.
    """
    kind = message_class(name)
    message = data.draw(strategies.valid(kind).filter(_has_no_empty_content))
    sent = encode(message)

    validate(kind.FromString(sent))
    assert reencode(kind, sent) == sent


def _has_no_empty_content(message: Any) -> bool:
    kinds = (messages.ReadResponse, messages.ReplicateRequest)
    return not (isinstance(message, kinds) and message.HasField("content") and not message.content)


@pytest.mark.parametrize(("name", "rule"), BROKEN)
@few
@given(data=st.data())
def test_broken_fails_with_its_rule(name: str, rule: str, data: st.DataObject) -> None:
    """A message that breaks a rule fails with just that rule."""
    message, promised = data.draw(strategies.broken(message_class(name), rule))

    with pytest.raises(ValidationError) as error:
        validate(message)
    assert error.value.rule == promised == rule


BROKEN_BY_A_FIELD = {
    "LABEL": ("protocol.LabelSet", "VAL-LABELSET-01"),
    "SINGLEVALUE": ("protocol.JournalSpec", "VAL-JOURNALSPEC-07"),
    "JOURNAL": ("protocol.Fragment", "VAL-FRAGMENT-01"),
    "PATHCOMP": ("protocol.Fragment", "VAL-FRAGMENT-04"),
    "ENDPOINT": ("protocol.ProcessSpec", "VAL-PROCESSSPEC-02"),
    "FRAGMENTSTORE": ("protocol.FragmentStoreHealthRequest", "VAL-HEALTHREQ-01"),
    "STATUS": ("protocol.ApplyResponse", "VAL-APPLYRESP-01"),
    "CODEC": ("protocol.Fragment", "VAL-FRAGMENT-03"),
    "FLAG": ("protocol.JournalSpec", "VAL-JOURNALSPEC-12"),
    "SUSPENDLEVEL": ("protocol.JournalSpec.Suspend", "VAL-SUSPEND-01"),
    "APPENDSUSPEND": ("protocol.AppendRequest", "VAL-APPENDREQ-08"),
}
"""By the stem of rules that are not about a message: the rule of one that has such a field."""


def _stem(rule: str) -> str:
    return rule.removeprefix("VAL-").rpartition("-")[0]


def test_every_rule_can_be_broken() -> None:
    """Each rule there is has a strategy that breaks it, or a reason why none can."""
    newest = strategies.rules_broken_by(messages.FragmentStoreHealthRequest, Release.NEWEST)
    by_field = {rule for rule in RULES if _stem(rule) in BROKEN_BY_A_FIELD}

    assert {rule for _, rule in BROKEN} | set(newest) | by_field | set(UNREACHABLE) == set(RULES)


@pytest.mark.parametrize("rule", [rule for rule in RULES if _stem(rule) in BROKEN_BY_A_FIELD])
def test_breaking_a_field_breaks_each_rule_of_its_type(rule: str) -> None:
    """Messages whose field is broken break every rule that the type of the field has."""
    name, outer = BROKEN_BY_A_FIELD[_stem(rule)]

    def breaks(pair: tuple[Message, str]) -> bool:
        with pytest.raises(ValidationError) as error:
            validate(pair[0])
        return rule in error.value.rules

    find(
        strategies.broken(message_class(name), outer),
        breaks,
        random=Random(0),
        settings=settings(few, max_examples=2000, database=None, phases=[Phase.generate]),
    )


@few
@given(
    pair=strategies.broken(messages.FragmentStoreHealthRequest, release=Release.NEWEST),
)
def test_newest_breaks_rules_of_its_own(
    pair: tuple[messages.FragmentStoreHealthRequest, str],
) -> None:
    """What only the newest release refuses, v0.101.0 takes."""
    message, rule = pair

    with pytest.raises(ValidationError) as error:
        validate(message, Release.NEWEST)
    assert error.value.rule == rule
    if rule != "VAL-HEALTHREQ-01":
        validate(message)


def test_there_is_no_strategy_for_foreign_messages() -> None:
    """Asking for a message or a rule that is not of the protocol is told as an error."""
    with pytest.raises(ProtocolError, match=r"google\.protobuf\.Duration"):
        strategies.valid(Duration)
    with pytest.raises(ProtocolError, match=r"no protocol\.Label breaks VAL-ROUTE-01"):
        strategies.broken(messages.Label, "VAL-ROUTE-01")

"""Hypothesis strategies of every message: valid ones, and ones that break exactly one rule."""

from typing import TypeVar

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from protocol.errors import ProtocolError
from protocol.releases import Release
from protocol.strategies import broken as _broken
from protocol.strategies import broken_rpcs as _broken_rpcs
from protocol.strategies import messages as _messages
from protocol.strategies import rpcs as _rpcs
from protocol.strategies.broken import Broken
from protocol.strategies.messages import Strategy

__all__ = ["broken", "rules_broken_by", "valid"]

AnyMessage = TypeVar("AnyMessage", bound=Message)

_STRATEGIES: dict[str, tuple[Strategy, Broken]] = {
    "Label": (_messages.LABELS, _broken.LABEL),
    "LabelSet": (_messages.LABEL_SETS, _broken.LABEL_SET),
    "LabelSelector": (_messages.SELECTORS, _broken.SELECTOR),
    "JournalSpec": (_messages.JOURNAL_SPECS, _broken.JOURNAL_SPEC),
    "JournalSpec.Fragment": (_messages.SPEC_FRAGMENTS, _broken.SPEC_FRAGMENT),
    "JournalSpec.Suspend": (_messages.SUSPENSIONS, _broken.SUSPENSION),
    "ProcessSpec": (_messages.PROCESS_SPECS, _broken.PROCESS_SPEC),
    "ProcessSpec.ID": (_messages.PROCESS_IDS, _broken.PROCESS_ID),
    "BrokerSpec": (_messages.BROKER_SPECS, _broken.BROKER_SPEC),
    "Fragment": (_messages.FRAGMENTS, _broken.FRAGMENT),
    "SHA1Sum": (_messages.SUMS, {}),
    "ReadRequest": (_rpcs.READ_REQUESTS, _broken_rpcs.READ_REQUEST),
    "ReadResponse": (_rpcs.READ_RESPONSES, _broken_rpcs.READ_RESPONSE),
    "AppendRequest": (_rpcs.APPEND_REQUESTS, _broken_rpcs.APPEND_REQUEST),
    "AppendResponse": (_rpcs.APPEND_RESPONSES, _broken_rpcs.APPEND_RESPONSE),
    "ReplicateRequest": (_rpcs.REPLICATE_REQUESTS, _broken_rpcs.REPLICATE_REQUEST),
    "ReplicateResponse": (_rpcs.REPLICATE_RESPONSES, _broken_rpcs.REPLICATE_RESPONSE),
    "ListRequest": (_rpcs.LIST_REQUESTS, _broken_rpcs.LIST_REQUEST),
    "ListResponse": (_rpcs.LIST_RESPONSES, _broken_rpcs.LIST_RESPONSE),
    "ListResponse.Journal": (_rpcs.LISTED_JOURNALS, _broken_rpcs.LISTED_JOURNAL),
    "ApplyRequest": (_rpcs.APPLY_REQUESTS, _broken_rpcs.APPLY_REQUEST),
    "ApplyRequest.Change": (_rpcs.CHANGES, _broken_rpcs.CHANGE),
    "ApplyResponse": (_rpcs.APPLY_RESPONSES, _broken_rpcs.APPLY_RESPONSE),
    "FragmentsRequest": (_rpcs.FRAGMENTS_REQUESTS, _broken_rpcs.FRAGMENTS_REQUEST),
    "FragmentsResponse": (_rpcs.FRAGMENTS_RESPONSES, _broken_rpcs.FRAGMENTS_RESPONSE),
    "FragmentsResponse._Fragment": (_rpcs.LISTED_FRAGMENTS, _broken_rpcs.LISTED_FRAGMENT),
    "Route": (_messages.ROUTES, _broken.ROUTE),
    "Header": (_messages.HEADERS, _broken.HEADER),
    "Header.Etcd": (_messages.ETCD, _broken.ETCD),
    "FragmentStoreHealthRequest": (_rpcs.HEALTH_REQUESTS, _broken_rpcs.HEALTH_REQUEST),
    "FragmentStoreHealthResponse": (_rpcs.HEALTH_RESPONSES, _broken_rpcs.HEALTH_RESPONSE),
}


def valid(kind: type[AnyMessage]) -> SearchStrategy[AnyMessage]:
    """Messages of `kind` that are valid for a broker of every release.

    Raises:
        ProtocolError: `kind` is no message of the protocol.
    """
    return _of(kind)[0]


def broken(
    kind: type[AnyMessage], *rules: str, release: Release = Release.V0_101
) -> SearchStrategy[tuple[AnyMessage, str]]:
    """Pairs of a message of `kind` that breaks one rule of `release`, and that rule.

    Nothing else is wrong with the message: with the broken part mended it is valid.

    Args:
        kind: The class of the messages.
        *rules: The rules to break, of those of `kind` itself; all, if none are given.
        release: Whose rules.

    Raises:
        ProtocolError: `kind` has no rules, or not one of `rules`.
    """
    known = _broken_of(kind, release)
    unknown = [rule for rule in rules if rule not in known]
    if unknown or not known:
        name = kind.DESCRIPTOR.full_name
        raise ProtocolError(f"no {name} breaks {', '.join(unknown) or 'a rule'}: it has none such")
    return st.one_of(
        [st.tuples(known[rule], st.just(rule)) for rule in known if not rules or rule in rules]
    )


def rules_broken_by(kind: type[Message], release: Release = Release.V0_101) -> tuple[str, ...]:
    """Returns the rules that `broken` messages of `kind` can break, in their order."""
    return tuple(sorted(_broken_of(kind, release)))


def _broken_of(kind: type[Message], release: Release) -> Broken:
    if release is Release.NEWEST and kind.DESCRIPTOR.name == "FragmentStoreHealthRequest":
        return _broken_rpcs.NEWEST_HEALTH_REQUEST
    return _of(kind)[1]


def _of(kind: type[Message]) -> tuple[Strategy, Broken]:
    name = kind.DESCRIPTOR.full_name
    found = _STRATEGIES.get(name.removeprefix("protocol."))
    if found is None:
        raise ProtocolError(f"no strategy for {name}: it is no message of the protocol")
    return found

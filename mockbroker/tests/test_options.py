"""The options that those pass on who make a cluster, or put a fault in place."""

import inspect
from dataclasses import fields
from typing import get_type_hints

from mockbroker import MockCluster
from mockbroker.faults import Engine, Match
from mockbroker.faults.options import MatchOptions, RuleOptions
from mockbroker.options import ClusterOptions


def test_options_are_those_of_the_cluster() -> None:
    """Each option of a cluster is among those passed on, of the same type."""
    parameters = inspect.signature(MockCluster).parameters.values()
    named = {each.name: each.annotation for each in parameters if each.kind is each.KEYWORD_ONLY}

    assert named == get_type_hints(ClusterOptions)


def test_options_are_those_of_a_rule() -> None:
    """A fault takes the fields of a match, and what `Engine.fault` names itself."""
    parameters = inspect.signature(Engine.fault).parameters.values()
    named = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}

    assert set(get_type_hints(MatchOptions)) == {each.name for each in fields(Match)}
    assert set(get_type_hints(RuleOptions)) == named | set(get_type_hints(MatchOptions))

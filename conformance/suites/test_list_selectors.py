"""List: which journals a selector chooses."""

from typing import Any

import pytest

import protocol
from conformance import requirement
from conformance.broker import listed
from conformance.checks import assert_equal, assert_true
from conformance.journal import selector
from conformance.workspace import Workspace

SHELF: dict[str, Any] = {
    "aaa/one": {"env": "prod", "tag": "x"},
    "aaa/one-more": {"env": "dev"},
    "aaa/sub/three": {"env": ["dev", "prod"]},
    "bbb/two": {"env": "production", "tag": ["x", "y", "z"]},
    "ccc": {"other": "z"},
}
BY_LABEL = [
    ("includes-by-value", {"env": "prod"}, {}, ["aaa/one", "aaa/sub/three"]),
    ("includes-by-value", {"env": "pro"}, {}, []),
    ("included-values-are-alternatives", {"env": ["dev", "production"]}, {}, [1, 2, 3]),
    ("included-names-are-all-required", {"env": "prod", "tag": "x"}, {}, ["aaa/one"]),
    ("any-value-of-a-journal-matches", {"tag": "y"}, {}, ["bbb/two"]),
    ("any-value-of-a-journal-matches", {"tag": "x"}, {}, ["aaa/one", "bbb/two"]),
    ("empty-included-value-means-any", {"tag": ""}, {}, ["aaa/one", "bbb/two"]),
    ("excludes-by-value", {}, {"env": "prod"}, [1, 3, 4]),
    ("empty-excluded-value-means-any", {}, {"env": ""}, ["ccc"]),
    ("exclude-beats-include", {"env": ""}, {"tag": "x"}, ["aaa/one-more", "aaa/sub/three"]),
    ("matches-value-prefixes", [("env", "pr", True)], {}, [0, 2, 3]),
    ("matches-value-prefixes", [("env", "rod", True)], {}, []),
    ("matches-value-prefixes", {}, [("env", "produ", True)], [0, 1, 2, 4]),
    ("matches-value-prefixes", [("env", "prod", True)], {}, [0, 2, 3]),
    ("matches-value-prefixes", {}, [("env", "prod", True)], [1, 4]),
    ("matches-value-prefixes", [("tag", "y", True)], {}, ["bbb/two"]),
    ("matches-value-prefixes", [("env", "", True)], {}, [0, 1, 2, 3]),
    ("matches-value-prefixes", [("env", "d", True), ("env", "prod")], {}, [0, 1, 2]),
    ("matches-value-prefixes", [("env", "dev"), ("env", "produ", True)], {}, [1, 2, 3]),
    ("includes-by-value", {"env": "PROD"}, {}, []),
    ("includes-by-value", {"ENV": "prod"}, {}, []),
    ("excludes-by-value", {}, {"env": ["dev", "production"]}, ["aaa/one", "ccc"]),
    ("excludes-by-value", {}, {"env": "dev", "tag": "y"}, ["aaa/one", "ccc"]),
    ("exclude-beats-include", {"env": ["dev", "prod"]}, {"env": "dev"}, ["aaa/one"]),
]
BY_NAME = [
    ("includes-by-name", [("name", "aaa/one")], [], ["aaa/one"]),
    ("includes-several-names", [("name", "bbb/two"), ("name", "aaa/one")], [], [0, 3]),
    ("includes-by-name", [("name", "aaa/one"), ("name", "bbb/two"), ("tag", "y")], [], ["bbb/two"]),
    ("includes-by-name", [("name", "aaa/one"), ("name", "bbb/two")], [("tag", "y")], ["aaa/one"]),
    ("includes-by-name", [("prefix", "")], [("name", "aaa/one")], [1, 2, 3, 4]),
    ("includes-by-name-prefix", [("prefix", "")], [("name", "aaa/one", True)], [2, 3, 4]),
    ("includes-by-name-prefix", [("name", "aaa/on", True)], [], ["aaa/one", "aaa/one-more"]),
    ("includes-by-name-prefix", [("name", "aaa/one", True)], [], ["aaa/one", "aaa/one-more"]),
    ("includes-by-name-prefix", [("name", "aaa/", True)], [], [0, 1, 2]),
    ("includes-by-legacy-prefix", [("prefix", "aaa/")], [], [0, 1, 2]),
    ("includes-by-legacy-prefix", [("prefix", "aaa/sub/"), ("prefix", "bbb/")], [], [2, 3]),
    ("includes-by-legacy-prefix", [("prefix", "aaa/"), ("env", "dev")], [], [1, 2]),
    ("excludes-by-legacy-prefix", [("prefix", "")], [("prefix", "aaa/")], [3, 4]),
    (
        "excludes-by-legacy-prefix",
        [("prefix", "")],
        [("prefix", "aaa/sub/"), ("prefix", "bbb/")],
        [0, 1, 4],
    ),
    (
        "excludes-by-legacy-prefix",
        [("prefix", "")],
        [("name", "ccc"), ("prefix", "aaa/")],
        ["bbb/two"],
    ),
    (
        "name-and-prefix-are-alternatives",
        [("name", "bbb/two"), ("prefix", "aaa/")],
        [],
        [0, 1, 2, 3],
    ),
]


def _cases(table: list[tuple[str, Any, Any, Any]]) -> list[Any]:
    return [
        pytest.param(include, exclude, _stems(expected), marks=requirement(f"list.{words}"))
        for index, (words, include, exclude, expected) in enumerate(table)
    ]


def _stems(expected: list[Any]) -> list[str]:
    ordered = list(SHELF)
    return [ordered[each] if isinstance(each, int) else each for each in expected]


@pytest.mark.parametrize(("include", "exclude", "expected"), _cases(BY_LABEL))
def test_selects_by_label(
    workspace: Workspace, include: Any, exclude: Any, expected: list[str]
) -> None:
    """A selector of labels lists the journals it matches, and no others."""
    names = workspace.shelf(SHELF)
    answer = workspace.list(include, exclude)
    assert_equal(listed(answer.messages), [names[stem] for stem in expected], "journals")


@pytest.mark.parametrize(("include", "exclude", "expected"), _cases(BY_NAME))
def test_selects_by_name(
    workspace: Workspace, include: Any, exclude: Any, expected: list[str]
) -> None:
    """A selector of names and prefixes lists the journals it matches, and no others."""
    names = workspace.shelf(SHELF)

    def absolute(labels: Any) -> Any:
        return [
            (name, (workspace.prefix if name in {"name", "prefix"} else "") + value, *flag)
            for name, value, *flag in labels
        ]

    request = protocol.ListRequest(selector=selector(absolute(include), absolute(exclude)))
    answer = workspace.broker.call("List", request)
    assert_equal(listed(answer.messages), [names[stem] for stem in expected], "journals")


@requirement("list.empty-selector-lists-everything")
def test_empty_selector(workspace: Workspace) -> None:
    """A List without selector shows each journal that was made, and ends OK."""
    names = workspace.shelf(SHELF)
    answer = workspace.broker.call("List", protocol.ListRequest())
    answer.ok()
    missing = set(names.values()) - set(listed(answer.messages))
    assert_equal(missing, set(), "journals that were made and not listed")


@requirement("list.no-match-answers-once")
def test_no_match(workspace: Workspace) -> None:
    """A List that matches nothing answers one message with a header and no journals."""
    workspace.shelf(SHELF)
    message = workspace.list({"no-such-label": "z"}).message
    assert_equal(message.status, protocol.Status.OK, "status")
    assert_true(message.HasField("header"), "a header", message)
    assert_equal(len(message.journals), 0, "journals")

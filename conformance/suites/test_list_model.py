"""List: any selector over any journals, against a model of matching."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import protocol
from conformance import requirement
from conformance.broker import listed
from conformance.checks import assert_equal
from conformance.journal import selector
from conformance.suites.test_model import EXAMPLES
from conformance.workspace import Workspace

STEMS = ("a", "a/b", "a/b/c", "a-b", "ab", "b")
VALUES = ("x", "xy", "X", "x%79", "z")

Labels = dict[str, set[str]]
Wanted = dict[str, dict[str, bool]]
"""Label name → value → whether it is marked as prefix."""

HELD: st.SearchStrategy[Labels] = st.dictionaries(
    st.sampled_from(["aa", "bb"]),
    st.just({""}) | st.sets(st.sampled_from(VALUES), min_size=1, max_size=3),
)
BY_LABEL: st.SearchStrategy[Wanted] = st.dictionaries(
    st.sampled_from(["aa", "bb"]),
    st.just({"": False})
    | st.dictionaries(st.sampled_from(VALUES), st.booleans(), min_size=1, max_size=3),
)
NAME = st.sampled_from([*STEMS, "a/"])
PATH: st.SearchStrategy[Wanted] = st.sampled_from(["", "a/", "a/b/", "b/"]).map(
    lambda path: {"prefix": {path: False}}
)
BY_NAME: st.SearchStrategy[Wanted] = st.one_of(
    st.just({}),
    NAME.map(lambda stem: {"name": {stem: False}}),
    NAME.map(lambda stem: {"name": {stem: True}}),
    PATH,
    st.builds(
        lambda names, path: {"name": names, **path},
        st.dictionaries(NAME, st.booleans(), min_size=2, max_size=2),
        st.just({}) | PATH,
    ),
)
NOTHING: st.SearchStrategy[Wanted] = st.just({})
SELECTORS = st.one_of(
    st.tuples(NOTHING, BY_NAME, NOTHING, NOTHING),
    st.tuples(BY_LABEL, NOTHING, BY_LABEL, NOTHING),
    st.tuples(BY_LABEL, BY_NAME, BY_LABEL, BY_NAME),
)
"""Labels and names that are included, then those excluded; often of one kind only."""


@requirement("list.agrees-with-model")
@settings(EXAMPLES, max_examples=12)
@given(
    held=st.tuples(*[HELD] * len(STEMS)),
    wanted=st.lists(SELECTORS, min_size=12, max_size=12),
)
def test_list_model(workspace: Workspace, held: tuple[Labels, ...], wanted: list[Any]) -> None:
    """Of any journals, any selector lists those that the model says, in order."""
    root = workspace.name("shelf") + "/"
    names = [root + stem for stem in STEMS]
    _make(workspace, dict(zip(names, held, strict=True)))
    shelf = [{"name": {name}, **labels} for name, labels in zip(names, held, strict=True)]
    for *include, exclude, unnamed in wanted:
        includes = _joined(root, *include) if include[1] else _joined(root, include[0], ALL)
        excludes = _joined(root, exclude, unnamed)
        request = protocol.ListRequest(selector=selector(_triples(includes), _triples(excludes)))
        got = listed(workspace.broker.call("List", request).messages)
        expected = [
            name
            for name, labels in zip(names, shelf, strict=True)
            if _selects(includes, excludes, labels)
        ]
        assert_equal(got, sorted(expected, key=str.encode), f"journals of {held} for {wanted}")


ALL: Wanted = {"prefix": {"": False}}


def _make(workspace: Workspace, held: dict[str, Labels]) -> None:
    stems = {
        name.removeprefix(workspace.prefix): {key: sorted(each) for key, each in labels.items()}
        for name, labels in held.items()
    }
    workspace.shelf({stem: dict(sorted(labels.items())) for stem, labels in stems.items()})


def _joined(root: str, labels: Wanted, names: Wanted) -> Wanted:
    """One side of a selector; names and paths of it are those below `root`."""
    rooted = {
        label: {root + value: flag for value, flag in values.items()}
        for label, values in names.items()
    }
    return {**labels, **rooted}


def _triples(wanted: Wanted) -> list[tuple[str, str, bool]]:
    return [
        (label, value, flag) for label, values in wanted.items() for value, flag in values.items()
    ]


def _selects(include: Wanted, exclude: Wanted, held: Labels) -> bool:
    return all(_meets(*each, held) for each in _folded(include).items()) and not any(
        _meets(*each, held) for each in _folded(exclude).items()
    )


def _folded(wanted: Wanted) -> dict[str, list[tuple[str, bool]]]:
    """Label → its alternatives; paths are beginnings of names."""
    folded: dict[str, list[tuple[str, bool]]] = {}
    for label, value, flag in _triples(wanted):
        is_path = label == "prefix"
        folded.setdefault("name" if is_path else label, []).append((value, flag or is_path))
    return folded


def _meets(label: str, alternatives: list[tuple[str, bool]], held: Labels) -> bool:
    return any(
        not value or have == value or (flag and have.startswith(value))
        for value, flag in alternatives
        for have in held.get(label, ())
    )

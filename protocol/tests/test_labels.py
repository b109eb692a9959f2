"""Sets of labels."""

from hypothesis import given
from hypothesis import strategies as st

from protocol import JournalSpec, Label, LabelSelector, LabelSet, labels, strategies, validate

SETS = strategies.valid(LabelSet)
SMALL = st.dictionaries(
    st.sampled_from(["aa", "bb", "cc"]),
    st.just([""]) | st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(sorted),
)


def set_of(held: dict[str, list[str]]) -> LabelSet:
    """Returns the set of the values by name."""
    return LabelSet(
        labels=[Label(name=name, value=value) for name in sorted(held) for value in held[name]]
    )


@given(SMALL, SMALL)
def test_algebra_is_by_name(a: dict[str, list[str]], b: dict[str, list[str]]) -> None:
    """Sets join like mappings of names to values."""
    same = {name for name in a if a[name] == b.get(name)}

    assert labels.union(set_of(a), set_of(b)) == set_of({**b, **a})
    assert labels.intersect(set_of(a), set_of(b)) == set_of({name: a[name] for name in same})
    assert labels.subtract(set_of(a), set_of(b)) == set_of({n: a[n] for n in a if n not in same})


@given(SETS, SETS)
def test_algebra_gives_valid_sets(a: LabelSet, b: LabelSet) -> None:
    """Valid sets join to valid ones."""
    for join in (labels.union, labels.intersect, labels.subtract):
        validate(join(a, b))


@given(SETS, strategies.valid(Label))
def test_a_set_label_is_the_only_one_of_its_name(held: LabelSet, label: Label) -> None:
    """After a label is set it has one value; after it is removed, none."""
    result = labels.set_value(held, label.name, label.value)

    validate(result)
    assert labels.values(result, label.name) == [label.value]
    assert labels.values(labels.remove(result, label.name), label.name) == []


@given(SETS)
def test_a_set_matches_the_selector_of_all_its_labels(held: LabelSet) -> None:
    """A set has each of its labels, and an exclusion of any refuses it."""
    assert labels.matches(LabelSelector(include=held), held)
    assert labels.matches(LabelSelector(exclude=held), held) is not bool(held.labels)


@given(strategies.valid(JournalSpec))
def test_a_specification_is_found_by_its_name(spec: JournalSpec) -> None:
    """A journal matches its own name, whole or as a prefix."""
    held = labels.extend_with_name(spec)

    for name in ("name", "name:prefix"):
        include = labels.add(LabelSet(), name, spec.name)
        assert labels.matches(LabelSelector(include=include), held)


def test_list_folds_prefixes_into_names() -> None:
    """`prefix` becomes a flagged `name` on both sides, and so an alternative to names."""
    folded = labels.fold_prefix(labels.parse_selector("prefix=a/, name=b, !prefix, cc"))

    assert labels.selector_text(folded) == "cc,name=b,name:prefix=a/,!name:prefix"


def test_nothing_given_is_changed() -> None:
    """Functions over sets leave their arguments alone."""
    held = set_of({"aa": ["1"], "bb": ["2"]})
    before = held.SerializeToString()

    labels.add(held, "cc", "3")
    labels.set_value(held, "aa", "2")
    labels.remove(held, "aa")
    labels.union(held, set_of({"dd": ["1"]}))

    assert held.SerializeToString() == before

"""Journals and algebra over their specifications."""

from hypothesis import given

from protocol import JournalSpec, journals, strategies
from protocol.encoding import encode

SPECS = strategies.valid(JournalSpec)


def _settings(spec: JournalSpec) -> bytes:
    """Returns the encoding of `spec` without its name and suspension."""
    bare = JournalSpec()
    bare.CopyFrom(spec)
    bare.ClearField("name")
    bare.ClearField("suspend")
    return encode(bare)


@given(SPECS)
def test_a_union_with_nothing_is_the_same(spec: JournalSpec) -> None:
    """Nothing adds nothing, and takes every setting."""
    assert encode(journals.union(spec, JournalSpec())) == encode(spec)
    assert _settings(journals.union(JournalSpec(), spec)) == _settings(spec)


@given(SPECS, SPECS)
def test_common_and_own_settings_make_the_whole(a: JournalSpec, b: JournalSpec) -> None:
    """What a specification shares with another, and what it does not, join to itself."""
    whole = journals.union(journals.subtract(a, b), journals.intersect(a, b))

    assert encode(whole) == encode(a)


@given(SPECS)
def test_a_specification_shares_all_with_itself(spec: JournalSpec) -> None:
    """Taken from itself, no setting is left; in common with itself, all are."""
    assert _settings(journals.subtract(spec, spec)) == _settings(JournalSpec())
    assert _settings(journals.intersect(spec, spec)) == _settings(spec)


def test_stores_are_compared_in_order() -> None:
    """Other stores, or another order, are not the same setting."""
    a, b = JournalSpec(), JournalSpec()
    a.fragment.stores.extend(["s3://a/", "s3://b/"])
    b.fragment.stores.extend(["s3://b/", "s3://a/"])

    assert list(journals.intersect(a, b).fragment.stores) == []
    assert list(journals.subtract(a, b).fragment.stores) == ["s3://a/", "s3://b/"]
    assert list(journals.union(a, b).fragment.stores) == ["s3://a/", "s3://b/"]

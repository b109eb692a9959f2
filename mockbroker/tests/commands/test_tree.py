"""Trees of specifications, in the YAML of Gazette's tools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbroker.commands.tree import changes_of, dump, load, tree_of
from protocol import CompressionCodec, Duration, JournalSpec, LabelSet
from protocol.encoding import encode
from protocol.errors import ProtocolError

TREE = """
name: acme/
comment: everything
replication: 3
labels:
- name: topic
  value: all
fragment:
  length: 1024
  compression_codec: GZIP
  refresh_interval: 5m
  stores: [file:///]
children:
- name: acme/orders/
  replication: 1
  children:
  - name: acme/orders/a
    revision: 7
  - name: acme/orders/b
    revision: -1
    labels: [{name: topic, value: orders}]
- name: acme/old/
  delete: true
  children:
  - {name: acme/old/a, revision: 3}
  - {name: acme/old/b, revision: 4, delete: false}
""".replace("acme/orders/", "acme/new/")


def _spec(name: str, **more: object) -> JournalSpec:
    spec = JournalSpec(
        name=name,
        replication=1,
        labels=LabelSet(labels=[{"name": "topic", "value": "all"}]),
        fragment=JournalSpec.Fragment(
            length=1024,
            compression_codec=CompressionCodec.GZIP,
            stores=["file:///"],
            refresh_interval=Duration(seconds=300),
        ),
    )
    spec.MergeFrom(JournalSpec(**more))  # type: ignore[arg-type]
    return spec


def test_children_inherit_what_they_do_not_say() -> None:
    """Settings go down to the journals; revisions and deletions become changes."""
    changes = changes_of(load(TREE)).changes

    assert [(c.upsert.name, c.delete, c.expect_mod_revision) for c in changes] == [
        ("acme/new/a", "", 7),
        ("acme/new/b", "", -1),
        ("", "acme/old/a", 3),
        ("acme/old/b", "", 4),
    ]
    assert [c.upsert.replication for c in changes] == [1, 1, 0, 3]
    assert encode(changes[0].upsert) == encode(_spec("acme/new/a"))
    assert [label.value for label in changes[1].upsert.labels.labels] == ["orders"]


def test_a_journal_alone_is_a_tree() -> None:
    """A document of one journal needs no directory."""
    text = (
        "name: acme/a\nreplication: 1\n"
        "fragment: {length: 1024, compression_codec: NONE, refresh_interval: 1s}\n"
    )

    (change,) = changes_of(load(text)).changes

    assert (change.upsert.name, change.expect_mod_revision) == ("acme/a", 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the document is empty"),
        ("- a", "line 1: expected a mapping, as of name and children"),
        ("{", "not YAML: "),
        ("name: acme/", "line 1: expected one or more Children"),
        ("name: acme/\nrevision: 1\nchildren: [{name: acme/a}]", "unexpected Revision (1)"),
        ("name: acme/\nchildren:\n- name: foo/a", "line 3: expected parent Name to prefix child"),
        (
            "children:\n- name: b/c\n- name: a/b",
            "line 3: expected Children to be ordered (ind 1; b/c vs a/b)",
        ),
        (
            "name: acme/a\nchildren: [{name: acme/a/b}]",
            "line 1: expected no Children with non-directory Node (acme/a)",
        ),
        ("children:\n- name: a b", "line 2: Name: "),
        ("name: acme/a\nrevision: x", "line 2: revision is not a whole number"),
        ("name: acme/a\nrevision: true", "line 2: revision is not a whole number"),
        ("name: acme/a\ndelete: 1", "line 2: delete is not true or false"),
        ("name: acme/a\ndelete: true\ndelete: true", "line 3: repeated key 'delete'"),
        ("name: acme/\nchildren: x", "line 2: children is not a list"),
        ("name: acme/\nchildren:\n- name: acme/a\n  nope: 1", "line 4: unknown key 'nope'"),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str) -> None:
    """What is no tree is told in one sentence, with its line."""
    with pytest.raises(ProtocolError) as caught:
        load(text)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_says_which_specification_is_not_valid() -> None:
    """A journal that a broker would refuse is refused before it is sent."""
    with pytest.raises(ProtocolError, match=r"^Changes\[0\]"):
        changes_of(load("name: acme/a"))


def test_listed_journals_become_a_tree() -> None:
    """Journals below a directory are its children, and say only where they differ."""
    listed = [
        (_spec("acme/a/x"), 1),
        (_spec("acme/a/y", flags=JournalSpec.Flag.O_RDONLY), 2),
        (_spec("acme/b"), 3),
    ]

    assert dump(tree_of(listed)) == (
        "name: acme/\n"
        "replication: 1\n"
        "labels:\n"
        "- name: topic\n"
        "  value: all\n"
        "fragment:\n"
        "  length: 1024\n"
        "  compression_codec: GZIP\n"
        "  stores:\n"
        "  - file:///\n"
        "  refresh_interval: 5m0s\n"
        "children:\n"
        "- name: acme/a/\n"
        "  children:\n"
        "  - name: acme/a/x\n"
        "    revision: 1\n"
        "  - name: acme/a/y\n"
        "    flags: O_RDONLY\n"
        "    revision: 2\n"
        "- name: acme/b\n"
        "  revision: 3\n"
    )


_NAMES = st.lists(
    st.lists(st.sampled_from(["aa", "b-b"]), min_size=2, max_size=4).map("/".join),
    unique=True,
    min_size=1,
)


@given(_NAMES, st.data())
def test_a_tree_of_what_is_listed_changes_nothing(names: list[str], data: st.DataObject) -> None:
    """Loading the tree of a listing asks for exactly the specifications that were listed."""
    listed = [
        (
            _spec(
                name,
                flags=data.draw(st.sampled_from([0, 1, 2])),
                max_append_rate=data.draw(st.sampled_from([0, 1024])),
            ),
            revision,
        )
        for revision, name in enumerate(sorted(names), start=1)
    ]

    changes = changes_of(load(dump(tree_of(listed)))).changes

    assert [(encode(c.upsert), c.expect_mod_revision) for c in changes] == [
        (encode(spec), revision) for spec, revision in listed
    ]

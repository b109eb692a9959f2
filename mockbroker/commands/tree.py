"""Journal specifications as the tree of YAML that Gazette's tools read and write.

A node whose name ends in `/` (or is empty) is a directory: its settings are inherited by its
children. Any other node is a journal. Besides the fields of a specification a node has:

- `comment`: for people;
- `revision`: of a journal, as it was listed; -1 for whatever it is, 0 (the default) to create;
- `delete`: whether the journal, or each journal below, is to be deleted;
- `children`: of a directory, in the order of their names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import yaml

from protocol import ApplyRequest, JournalSpec, journals
from protocol.errors import ProtocolError
from protocol.specs import from_node, to_yaml
from protocol.validate import validate
from protocol.validate.journal import validate_journal

_OWN_KEYS: Final = ("comment", "delete", "revision", "children")

_KINDS: Final = {str: "a text", bool: "true or false", int: "a whole number"}


class TreeError(ProtocolError):
    """A tree is not well formed."""


@dataclass(slots=True)
class Node:
    """A directory or a journal of the tree; `line` is where it stands, or 0."""

    spec: JournalSpec
    comment: str = ""
    delete: bool | None = None
    revision: int = 0
    children: "list[Node]" = field(default_factory=list)
    line: int = 0

    @property
    def name(self) -> str:
        """The full name of the journal or directory."""
        return self.spec.name

    @property
    def is_directory(self) -> bool:
        """Whether it stands for what is below it."""
        return not self.name or self.name.endswith("/")

    def journals(self) -> "Iterator[Node]":
        """Yields the journals of the tree, in its order."""
        if not self.is_directory:
            yield self
        for child in self.children:
            yield from child.journals()


def load(text: str) -> Node:
    """Returns the tree of a YAML document, checked, with all that is inherited filled in.

    Raises:
        TreeError: It is not YAML, or not a tree.
        SpecError: A node has settings that a specification has not.
    """
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise TreeError(f"not YAML: {' '.join(str(error).split())}") from error
    if document is None:
        raise TreeError("the document is empty", hint="a tree has a name, and children or settings")
    root = _node_of(document)
    _check(root)
    _push_down(root)
    return root


def changes_of(root: Node) -> ApplyRequest:
    """Returns the request that makes the journals of a loaded tree what it says.

    Raises:
        ValidationError: A specification is not valid.
    """
    request = ApplyRequest()
    for node in root.journals():
        change = request.changes.add(expect_mod_revision=node.revision)
        if node.delete:
            change.delete = node.name
        else:
            change.upsert.CopyFrom(node.spec)
    validate(request)
    return request


def tree_of(listed: Iterable[tuple[JournalSpec, int]]) -> Node:
    """Returns the tree of journals and their revisions, ordered by name.

    Journals that share a directory are its children, and what they have in common is said
    there once.
    """
    nodes = [Node(spec, revision=revision) for spec, revision in listed]
    while len(nodes) > 1:
        begin, end, length = _closest(nodes)
        directory = Node(JournalSpec(name=nodes[begin].name[:length]), children=nodes[begin:end])
        nodes[begin:end] = [directory]
    root = nodes[0] if nodes else Node(JournalSpec())
    _hoist(root)
    return root


def dump(root: Node) -> str:
    """Returns the tree as YAML."""
    return yaml.safe_dump(_plain(root), sort_keys=False, allow_unicode=True, width=100)


def _plain(node: Node) -> dict[str, Any]:
    plain: dict[str, Any] = yaml.safe_load(to_yaml(node.spec)) or {}
    if node.revision:
        plain["revision"] = node.revision
    if node.children:
        plain["children"] = [_plain(child) for child in node.children]
    return plain


def _closest(nodes: list[Node]) -> tuple[int, int, int]:
    """The first run of nodes that share the longest directory, and the length of its name."""
    begin, end, longest = 0, 0, -1
    for index, (before, node) in enumerate(pairwise(nodes), start=1):
        length = _shared(before.name, node.name)
        if length > longest:
            begin, end, longest = index - 1, index + 1, length
        elif length == longest and index == end:
            end = index + 1
    return begin, end, longest


def _shared(a: str, b: str) -> int:
    length = 0
    for part in a.split("/")[:-1]:
        if not b.startswith(a[: length + len(part) + 1]):
            break
        length += len(part) + 1
    return length


def _hoist(node: Node) -> None:
    for child in node.children:
        _hoist(child)
    if not node.children:
        return
    common = node.children[0].spec
    for child in node.children[1:]:
        common = journals.intersect(common, child.spec)
    name = node.name
    node.spec = JournalSpec()
    node.spec.CopyFrom(common)
    node.spec.name = name
    for child in node.children:
        child.spec = journals.subtract(child.spec, node.spec)


def _push_down(node: Node) -> None:
    for child in node.children:
        if child.delete is None:
            child.delete = node.delete
        child.spec = journals.union(child.spec, node.spec)
        _push_down(child)


def _check(node: Node) -> None:
    if not node.is_directory:
        _check_journal(node)
        return
    if node.revision:
        raise _error(node, f"unexpected Revision ({node.revision})")
    if not node.children:
        raise _error(node, "expected one or more Children")
    for child in node.children:
        if not child.name.startswith(node.name):
            raise _error(
                child, f"expected parent Name to prefix child ({node.name} vs {child.name})"
            )
    for index, (before, child) in enumerate(pairwise(node.children), start=1):
        if before.name >= child.name:
            order = f"(ind {index}; {before.name} vs {child.name})"
            raise _error(child, f"expected Children to be ordered {order}")
    for child in node.children:
        _check(child)


def _check_journal(node: Node) -> None:
    try:
        validate_journal(node.name)
    except ProtocolError as error:
        raise _error(node, f"Name: {error}") from error
    if node.children:
        raise _error(node, f"expected no Children with non-directory Node ({node.name})")


def _error(node: Node, text: str) -> TreeError:
    return TreeError(f"line {node.line}: {text}")


def _node_of(document: yaml.Node) -> Node:
    line = document.start_mark.line + 1
    if not isinstance(document, yaml.MappingNode):
        raise TreeError(f"line {line}: expected a mapping, as of name and children")
    own = _own_values(document)
    node = Node(_spec_of(document), line=line)
    node.comment = str(_typed(own, "comment", str, ""))
    node.delete = _typed(own, "delete", bool, None)
    node.revision = _typed(own, "revision", int, 0)
    node.children = _children_of(own.get("children"))
    return node


def _own_values(document: yaml.MappingNode) -> dict[str, yaml.Node]:
    own: dict[str, yaml.Node] = {}
    for key, value in document.value:
        if key.value in own:
            raise TreeError(f"line {key.start_mark.line + 1}: repeated key {key.value!r}")
        if key.value in _OWN_KEYS:
            own[key.value] = value
    return own


def _spec_of(document: yaml.MappingNode) -> JournalSpec:
    settings = [pair for pair in document.value if pair[0].value not in _OWN_KEYS]
    return from_node(yaml.MappingNode(document.tag, settings, document.start_mark))


def _typed(own: dict[str, yaml.Node], key: str, kind: type, default: Any) -> Any:
    node = own.get(key)
    if node is None:
        return default
    value = yaml.safe_load(yaml.serialize(node))
    if type(value) is not kind:
        raise TreeError(f"line {node.start_mark.line + 1}: {key} is not {_KINDS[kind]}")
    return value


def _children_of(document: yaml.Node | None) -> list[Node]:
    if document is None:
        return []
    if not isinstance(document, yaml.SequenceNode):
        raise TreeError(f"line {document.start_mark.line + 1}: children is not a list")
    return [_node_of(child) for child in document.value]

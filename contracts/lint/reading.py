"""Reading a document whose members may be missing, or be references to something of another kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.lint.finding import Document
from contracts.spec.document import METHODS, follow

Node = Mapping[str, Any]


def mapping(document: Document, node: Any, *names: str) -> Node:
    """What the names lead to, references followed on the way; nothing where there is no mapping."""
    for name in names:
        node = mapping(document, node).get(name)
    followed = follow(document, node)
    return followed if isinstance(followed, dict) else {}


def operations(document: Document) -> Iterator[tuple[str, Node]]:
    """With the name by which findings call them."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def parameters(document: Document, operation: Node) -> Iterator[Node]:
    for parameter in operation.get("parameters", ()):
        stated = mapping(document, parameter)
        if "in" in stated and "name" in stated:
            yield stated


def body_schema(document: Document, part: Any) -> Node:
    """The JSON schema of a request body or a response."""
    return mapping(document, part, "content", "application/json", "schema")


def properties(document: Document, schema: Node) -> Node:
    """Of an object schema, its `allOf` parts included."""
    found = dict(mapping(document, schema, "properties"))
    for part in schema.get("allOf", ()):
        found.update(properties(document, mapping(document, part)))
    return found

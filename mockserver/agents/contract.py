"""The contract in force at a mock, in pieces that an agent can read."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError

METHODS = ("get", "put", "post", "delete", "patch")
Node = Mapping[str, Any]


def operations(document: Node) -> list[Node]:
    """Each with what one chooses it by."""
    return [
        {
            "operation_id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "key": operation.get("x-key-kind", "none"),
            "limits": operation.get("x-rate-limit", []),
        }
        for path, method, operation in _operations(document)
    ]


def operation(document: Node, identity: str) -> Node:
    """All of one, with every component that it names, and the causes that may refuse it. Raises ToolError."""
    for path, method, found in _operations(document):
        if found["operationId"] == identity:
            causes = {
                cause: error
                for cause, error in document["x-errors"].items()
                if identity in error.get("operations", [identity])
            }
            return {
                "method": method.upper(),
                "path": path,
                "operation": found,
                "components": dict(_named(document, found, set())),
                "errors": causes,
            }
    known = ", ".join(found["operationId"] for _, _, found in _operations(document))
    raise ToolError(f"there is no operation {identity}; there are {known}")


def statements(document: Node) -> Iterator[Node]:
    """Each with its provenance, the place where it stands, and its value where it is one."""
    for place, node in _walk(document, "#"):
        if "x-provenance" in node:
            said = {
                name: node[name] for name in ("value", "status", "type", "detail", "limit", "window") if name in node
            }
            yield {**node["x-provenance"], "place": place, **said}


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _named(document: Node, node: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
    """What a node refers to, and what that refers to."""
    for _, part in _walk(node, ""):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
            seen.add(reference)
            found: Any = document
            for step in reference[2:].split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            yield reference, found
            yield from _named(document, found, seen)


def _walk(node: Any, place: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node, dict):
        yield place, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from _walk(child, f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}")

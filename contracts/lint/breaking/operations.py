"""Changes of operations: what clients send, and what they get."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.lint.breaking.changes import Change, breaking, compatible
from contracts.lint.breaking.schemas import schema_changes
from contracts.lint.finding import Document
from contracts.lint.reading import Node, body_schema, mapping, operations, parameters


def operation_changes(old: Document, new: Document) -> Iterator[Change]:
    before, after = dict(operations(old)), dict(operations(new))
    for name in before.keys() - after.keys():
        yield breaking(name, "is gone")
    for name in after.keys() - before.keys():
        yield compatible(name, "is new")
    for name in (name for name in before if name in after):
        yield from _Operation(name, old, before[name], new, after[name]).changes()
    servers = [[server["url"] for server in document["servers"]] for document in (old, new)]
    if servers[0] != servers[1]:
        yield breaking("servers", f"was {', '.join(servers[0])}, is {', '.join(servers[1])}")
    header = ("components", "securitySchemes", "kordlessKey")
    if mapping(old, old, *header).get("name") != mapping(new, new, *header).get("name"):
        yield breaking("components/securitySchemes/kordlessKey", "the header of the key has another name")


class _Operation:
    def __init__(self, name: str, old: Document, before: Node, new: Document, after: Node) -> None:
        self._name = name
        self._old, self._before = old, before
        self._new, self._after = new, after

    def changes(self) -> Iterator[Change]:
        if self._before.get("x-key-kind") != self._after.get("x-key-kind"):
            yield breaking(self._name, "wants another kind of key")
        yield from self._parameters()
        yield from self._body()
        yield from self._policies()
        yield from self._answers()

    def _parameters(self) -> Iterator[Change]:
        before, after = _named(self._old, self._before), _named(self._new, self._after)
        for place, name in before.keys() - after.keys():
            yield breaking(f"{self._name} {place} {name}", "is gone")
        for place, name in after.keys() - before.keys():
            where = f"{self._name} {place} {name}"
            if after[place, name].get("required"):
                yield breaking(where, "is new and required")
            else:
                yield compatible(where, "is new")
        for key in (key for key in before if key in after):
            where = f"{self._name} {' '.join(key)}"
            old, new = before[key], after[key]
            if bool(old.get("required")) != bool(new.get("required")):
                yield (
                    breaking(where, "is required now") if new.get("required") else compatible(where, "is optional now")
                )
            schemas = old.get("schema", {}), new.get("schema", {})
            yield from schema_changes(where, self._old, schemas[0], self._new, schemas[1], sent=True)

    def _body(self) -> Iterator[Change]:
        where = f"{self._name} body"
        before = mapping(self._old, self._before, "requestBody")
        after = mapping(self._new, self._after, "requestBody")
        if not before or not after:
            if after.get("required"):
                yield breaking(where, "is new and required")
            elif before or after:
                yield breaking(where, "is gone") if before else compatible(where, "is new")
            return
        schemas = body_schema(self._old, before), body_schema(self._new, after)
        yield from schema_changes(where, self._old, schemas[0], self._new, schemas[1], sent=True)

    def _policies(self) -> Iterator[Change]:
        before, after = (set(one.get("x-rate-limit", ())) for one in (self._before, self._after))
        for policy in sorted(after - before):
            yield breaking(f"{self._name} x-rate-limit", f"draws from {policy} now, too")
        for policy in sorted(before - after):
            yield compatible(f"{self._name} x-rate-limit", f"draws from {policy} no longer")

    def _answers(self) -> Iterator[Change]:
        before, after = self._before["responses"], self._after["responses"]
        for status in sorted(before.keys() - after.keys()):
            gone = f"answers {status} no longer"
            yield compatible(self._name, gone) if _refuses(status) else breaking(self._name, gone)
        for status in sorted(after.keys() - before.keys()):
            new = f"may answer {status} now"
            yield compatible(self._name, new) if _refuses(status) else breaking(self._name, new)
        for status in sorted(before.keys() & after.keys()):
            where = f"{self._name} {status}"
            sides = mapping(self._old, before[status]), mapping(self._new, after[status])
            schemas = body_schema(self._old, sides[0]), body_schema(self._new, sides[1])
            yield from schema_changes(where, self._old, schemas[0], self._new, schemas[1], sent=False)
            yield from self._headers(where, *(side.get("headers", {}) for side in sides))

    def _headers(self, where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
        for name in sorted(before.keys() - after.keys()):
            yield breaking(f"{where} {name}", "is gone")
        for name in sorted(after.keys() - before.keys()):
            yield compatible(f"{where} {name}", "is new")
        for name in sorted(before.keys() & after.keys()):
            schemas = (
                mapping(self._old, before[name]).get("schema", {}),
                mapping(self._new, after[name]).get("schema", {}),
            )
            yield from schema_changes(f"{where} {name}", self._old, schemas[0], self._new, schemas[1], sent=False)


def _named(document: Document, operation: Node) -> dict[tuple[str, str], Node]:
    return {(parameter["in"], parameter["name"]): parameter for parameter in parameters(document, operation)}


def _refuses(status: str) -> bool:
    return status[0] in "45"

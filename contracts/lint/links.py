"""Links: from an answer to the operation that may follow it, so that chains of requests can be walked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.lint.finding import Document, Finding
from contracts.lint.reading import Node, body_schema, mapping, operations, parameters, properties
from contracts.spec.document import follow

_EXPRESSION = re.compile(
    r"^\$(?P<source>request|response)\.(?P<part>body|path|query|header)(?:\.(?P<name>[\w-]+))?(?:#(?P<pointer>/.*))?$"
)


def links_resolve(document: Document) -> Iterator[Finding]:
    targets = {operation["operationId"]: operation for _, operation in operations(document)}
    for where, operation in operations(document):
        for status, response in operation["responses"].items():
            answer = mapping(document, response)
            for name in mapping(document, answer, "links"):
                link = mapping(document, answer, "links", name)
                target = targets.get(link.get("operationId", ""))
                source = _Source(document, f"{where} {status} link {name}", operation, answer)
                if target is None:
                    yield Finding(source.place, f"the link leads to no operation: {link.get('operationId')}")
                else:
                    yield from _parameters_resolve(source, link, target)
                    yield from _body_resolves(source, link, target)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a link stands, and what its expressions can speak of."""

    document: Document
    place: str
    operation: Node
    answer: Node

    def resolve(self, value: Any) -> Iterator[Finding]:
        """Every expression within a value leads to something that request or answer has."""
        if isinstance(value, dict):
            for member in value.values():
                yield from self.resolve(member)
        elif isinstance(value, str) and value.startswith("$"):
            yield from self._resolve(value)

    def _resolve(self, expression: str) -> Iterator[Finding]:
        match = _EXPRESSION.match(expression)
        if match is None:
            yield Finding(self.place, f"{expression} is not a runtime expression")
        elif match["part"] == "body":
            holder = self.answer if match["source"] == "response" else self.operation.get("requestBody")
            if not self._has(body_schema(self.document, holder), (match["pointer"] or "").split("/")[1:]):
                yield Finding(self.place, f"{expression} leads nowhere")
        elif match["source"] == "response":
            if match["part"] != "header" or match["name"] not in mapping(self.document, self.answer, "headers"):
                yield Finding(self.place, f"{expression} names a header that the response does not have")
        elif f"{match['part']}.{match['name']}" not in _names(self.document, self.operation):
            yield Finding(self.place, f"{expression} names a parameter that the operation does not have")

    def _has(self, schema: Node, pointer: list[str]) -> bool:
        for part in pointer:
            inner = schema.get("items") if part.isdigit() else properties(self.document, schema).get(part)
            if inner is None:
                return False
            schema = mapping(self.document, inner)
        return bool(schema)


def _parameters_resolve(source: _Source, link: Node, target: Node) -> Iterator[Finding]:
    known = _names(source.document, target)
    for name, value in mapping(source.document, link, "parameters").items():
        if name not in known and name not in {qualified.partition(".")[2] for qualified in known}:
            yield Finding(source.place, f"{target['operationId']} has no parameter {name}")
        yield from source.resolve(value)


def _body_resolves(source: _Source, link: Node, target: Node) -> Iterator[Finding]:
    body = follow(source.document, link.get("x-request-body"))
    wanted = properties(source.document, body_schema(source.document, target.get("requestBody")))
    for name in body if isinstance(body, dict) else ():
        if name not in wanted:
            yield Finding(source.place, f"the body of {target['operationId']} has no member {name}")
    yield from source.resolve(body)


def _names(document: Document, operation: Node) -> set[str]:
    return {f"{parameter['in']}.{parameter['name']}" for parameter in parameters(document, operation)}

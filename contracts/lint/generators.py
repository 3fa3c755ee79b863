"""What makers of clients stumble over (openapi-generator, openapi-python-client, openapi-typescript, orval): lawful in
OpenAPI 3.1, and yet refused, or taken for less than it says."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.lint.finding import Document, Finding, place
from contracts.lint.reading import mapping
from contracts.spec.document import METHODS, walk


def generators_can_read_it(document: Document) -> Iterator[Finding]:
    for path, node in walk(document):
        if len(path) > 1 and path[-2] == "links" and not isinstance(node.get("requestBody", ""), str):
            yield Finding(place(path), "generators take text alone for a link's requestBody: call it x-request-body")
        if "properties" not in node or not isinstance(node["properties"], Mapping):
            continue
        for keyword in ("anyOf", "oneOf"):
            alternatives = node.get(keyword)
            if isinstance(alternatives, list) and any(map(_wants_members_alone, alternatives)):
                trouble = f"generators make a union of this {keyword}, and lose the members: use dependentSchemas"
                yield Finding(place(path), trouble)


def webhooks_have_their_security(document: Document) -> Iterator[Finding]:
    for name in mapping(document, document, "webhooks"):
        item = mapping(document, document, "webhooks", name)
        for method in METHODS:
            if method in item and "security" not in mapping(document, item, method):
                yield Finding(
                    f"webhooks {name}", "the webhook says nothing of security; without any it says `security: []`"
                )


def _wants_members_alone(alternative: Any) -> bool:
    return isinstance(alternative, Mapping) and "required" in alternative and not alternative.keys() & {"$ref", "type"}

"""Every example and default is one that its schema lets pass."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from contracts.lint.finding import Document, Finding, place
from contracts.lint.reading import mapping
from contracts.spec.document import walk

# Below these, every member is a schema by whatever name it has.
_HOLDERS = ("properties", "schemas", "$defs")


def examples_fit_their_schemas(document: Document) -> Iterator[Finding]:
    for path, node in walk(document):
        if "schema" in node:
            yield from _fit(document, place(path), node["schema"], _examples(document, node))
        if _is_schema(path):
            yield from _fit(document, place(path), node, _own_examples(node))


def _examples(document: Document, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Of a media type, parameter or header."""
    if "example" in node:
        yield "example", node["example"]
    for name in mapping(document, node.get("examples")):
        stated = mapping(document, node["examples"], name)
        if "value" in stated:
            yield f"example {name}", stated["value"]


def _own_examples(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "default" in schema:
        yield "default", schema["default"]
    listed = schema.get("examples")
    for number, example in enumerate(listed if isinstance(listed, list) else (), 1):
        yield f"example {number}", example


def _is_schema(path: tuple[str | int, ...]) -> bool:
    return bool(path) and (path[-1] in ("schema", "items") or (len(path) > 1 and path[-2] in _HOLDERS))


def _fit(document: Document, where: str, schema: Any, examples: Iterator[tuple[str, Any]]) -> Iterator[Finding]:
    for name, example in examples:
        whole = {**schema, "components": document["components"]} if isinstance(schema, dict) else schema
        try:
            Draft202012Validator.check_schema(whole)
            errors = list(Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(example))
        except SchemaError as broken:
            yield Finding(where, f"not a schema: {broken.message[:200]}")
            return
        for error in errors:
            at = "/".join(map(str, error.absolute_path)) or "its root"
            yield Finding(where, f"{name} does not fit its schema at {at}: {error.message[:200]}")

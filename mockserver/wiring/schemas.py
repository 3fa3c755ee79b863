"""JSON Schema as rows that can be read: a member on each, with its type and what limits its values in words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.spec.document import follow
from contracts.spec.provenance import provenance_of
from mockserver.web.dashboard.reference import Badge, Row

Schema = Mapping[str, Any]
MOST_DEPTH = 8
_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "pattern": "matches {}",
    "default": "{} where it is left out",
}
_UNWRITTEN = {"minLength": 1}
"""What goes without saying."""


def rows_of(document: Any, schema: Schema, name: str | None = None, depth: int = 0) -> Iterator[Row]:
    """Of an object its members, of a `name`d schema itself, then what is within it."""
    whole = _whole(document, schema)
    if name is not None:
        badge = badge_of(whole) or badge_of(_whole(document, whole.get("items", {})))
        yield Row(name, depth, kind(document, whole), False, _says(whole), badge)
        depth += 1
    if depth > MOST_DEPTH:
        return
    item = whole.get("items")
    inner = whole if item is None else _whole(document, item)
    wanted = inner.get("required", ())
    for member, stated in inner.get("properties", {}).items():
        first, *rest = rows_of(document, stated, member, depth)
        yield first._replace(required=member in wanted)
        yield from rest


def kind(document: Any, schema: Schema) -> str:
    """`string or null`, `list of object`."""
    whole = _whole(document, schema)
    if "oneOf" in whole:
        return " or ".join(dict.fromkeys(kind(document, one) for one in whole["oneOf"]))
    stated = whole.get("type", _of_value(whole))
    names = [stated] if isinstance(stated, str) else list(stated)
    if "array" in names and "items" in whole:
        names[names.index("array")] = f"list of {kind(document, whole['items'])}"
    return " or ".join(names)


def shape_of(document: Any, schema: Schema) -> Badge | None:
    """Where the form of a whole body comes from."""
    return badge_of(_whole(document, schema))


def constraint(value: Any) -> str:
    """A value of the contract as one reads it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_value(schema: Schema) -> Any:
    if "enum" in schema or "const" in schema:
        return "one of these values" if len(schema.get("enum", ())) > 1 else "this value"
    return "object" if "properties" in schema else "anything"


def _says(schema: Schema) -> str:
    found = [schema["description"]] if "description" in schema else []
    if "enum" in schema or "const" in schema:
        found.append(", ".join(map(constraint, schema.get("enum", [schema.get("const")]))))
    if "format" in schema:
        found.append(schema["format"])
    for keyword, words in _WORDS.items():
        if keyword in schema and _UNWRITTEN.get(keyword) != schema[keyword]:
            found.append(words.format(constraint(schema[keyword])))
    return "; ".join(found)


def _whole(document: Any, schema: Any) -> dict[str, Any]:
    """With what its references and all of its `allOf` say; what stands nearer counts."""
    found: dict[str, Any] = {}
    for part in _parts(document, schema):
        properties = {**part.get("properties", {}), **found.get("properties", {})}
        required = [*found.get("required", ()), *part.get("required", ())]
        found = {**part, **found}
        found |= {"properties": properties} if properties else {}
        found |= {"required": required} if required else {}
    return found


def _parts(document: Any, schema: Any, depth: int = 20) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict) or not depth:
        return
    yield schema
    if "$ref" in schema:
        yield from _parts(document, follow(document, {"$ref": schema["$ref"]}), depth - 1)
    for part in schema.get("allOf", ()):
        yield from _parts(document, part, depth - 1)


def badge_of(schema: Schema) -> Badge | None:
    if "x-provenance" not in schema:
        return None
    stated = provenance_of(schema)
    return Badge(stated.id, stated.level, stated.page)

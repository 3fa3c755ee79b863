"""The members of a JSON object as its schema declares them: what null and absence mean, what a reader can rely on."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from contracts.errors import ContractError
from contracts.spec.document import follow

Schema = Mapping[str, Any]
_TYPE_OF = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class Members:
    """Of one schema, those of the objects within it included. Its references lead into `document`."""

    def __init__(self, schema: Schema, document: dict[str, Any]) -> None:
        self._schema = schema
        self._document = document

    @cached_property
    def declared(self) -> Mapping[str, Schema]:
        found: dict[str, Schema] = {}
        for part in _parts(self._schema, self._document):
            found.update(part.get("properties", {}))
        return found

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(name for part in _parts(self._schema, self._document) for name in part.get("required", ()))

    @cached_property
    def _defaults(self) -> tuple[tuple[str, Any], ...]:
        stated = {name: _default(schema, self._document) for name, schema in self.declared.items()}
        return tuple((name, default) for name, default in stated.items() if default is not None)

    @cached_property
    def objects(self) -> tuple[tuple[str, "Members"], ...]:
        """Those members that are objects with members of their own."""
        inner = {name: Members(schema, self._document) for name, schema in self.declared.items()}
        return tuple((name, members) for name, members in inner.items() if members.declared)

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """An object that its schema has let through, as its reader wants it: null counts as absent, and what is absent
        has its default."""
        made = dict(given)
        if None in given.values():  # of every request that the mock answers this is asked: most have none
            for name, value in given.items():
                if value is None and name in self.declared:
                    del made[name]
        for name, default in self._defaults:
            if name not in made:
                made[name] = default
        for name, members in self.objects:
            if isinstance(inner := made.get(name), dict):
                made[name] = members.complete(inner)
        return made

    def require(self, wanted: Schema, where: str = "") -> None:
        """Raises ContractError where a reader of `wanted` (JSON Schema: required, properties, type, minimum, default)
        could meet a value that it cannot read."""
        must = wanted.get("required", ())
        for name, reader in wanted["properties"].items():
            called = f"{where}{name}"
            if name not in self.declared:
                raise ContractError(f"{called} is not declared, and cannot be done without")
            schema = self.declared[name]
            if name in must and name not in self.required:
                raise ContractError(f"{called} must be required: it cannot be done without")
            kinds = types(schema, self._document)
            if name in must and kinds is not None and "null" in kinds:
                raise ContractError(f"{called} must not be null: it cannot be done without")
            if kinds is None or not kinds <= {reader["type"], "null"}:
                raise ContractError(f"{called} must be declared to be of type {reader['type']}")
            if "minimum" in reader and (least := _least(schema, self._document)) < reader["minimum"]:
                raise ContractError(f"{called} must have a minimum of {reader['minimum']} or more, not {least}")
            if "default" in reader and _default(schema, self._document) is None:
                raise ContractError(f"{called} must have a default")
            if "properties" in reader:
                Members(schema, self._document).require(reader, f"{called}.")


def types(schema: Any, document: dict[str, Any]) -> frozenset[str] | None:
    """Of which JSON types a valid value can be; None where the schema does not plainly say."""
    known: frozenset[str] | None = None
    for part in _parts(schema, document):
        for stated in _types_stated(part, document):
            known = stated if known is None else known & stated
    return known


def _types_stated(part: Schema, document: dict[str, Any]) -> Iterator[frozenset[str]]:
    if "type" in part:
        yield frozenset([part["type"]] if isinstance(part["type"], str) else part["type"])
    values = part["enum"] if "enum" in part else [part["const"]] if "const" in part else None
    if values is not None:
        yield frozenset(_TYPE_OF.get(type(value), "object") for value in values)
    for keyword in ("oneOf", "anyOf"):
        alternatives = [types(one, document) for one in part.get(keyword, ())]
        if alternatives and None not in alternatives:
            yield frozenset().union(*(one for one in alternatives if one is not None))


def _least(schema: Any, document: dict[str, Any]) -> float:
    """The lower bound of an integer."""
    bounds = [float("-inf")]
    for part in _parts(schema, document):
        bounds += [part["minimum"]] if "minimum" in part else []
        bounds += [part["exclusiveMinimum"] + 1] if "exclusiveMinimum" in part else []
        for keyword in ("oneOf", "anyOf"):
            numbers = [one for one in part.get(keyword, ()) if types(one, document) != frozenset({"null"})]
            bounds += [min(_least(one, document) for one in numbers)] if numbers else []
    return max(bounds)


def _default(schema: Any, document: dict[str, Any]) -> Any:
    """None where there is none; a default of null is none."""
    return next((part["default"] for part in _parts(schema, document) if "default" in part), None)


def _parts(schema: Any, document: dict[str, Any], depth: int = 20) -> Iterator[Schema]:
    """The schema itself, what its `$ref` leads to, and what all of its `allOf` must hold. Raises ContractError."""
    if not isinstance(schema, Mapping):
        return
    if not depth:
        raise ContractError("a schema contains itself")
    yield schema
    if "$ref" in schema:
        yield from _parts(follow(document, {"$ref": schema["$ref"]}), document, depth - 1)
    for part in schema.get("allOf", ()):
        yield from _parts(part, document, depth - 1)

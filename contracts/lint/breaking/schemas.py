"""How the values that a schema lets through have changed.

What is sent may be narrowed, never widened, without trouble for who reads it; what is read may be widened, never
narrowed, without trouble for who sends it. A member that is new and optional troubles neither, one that is gone both.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.lint.breaking.changes import Change, breaking, compatible
from contracts.lint.finding import Document
from contracts.spec.document import follow

Effect = Literal["narrower", "wider", "other"]
Bounds = Mapping[str, Callable[[Any, Any], bool]]

# Whether the second bound lets fewer values through than the first.
_NARROWER: Bounds = {
    "minimum": lambda old, new: new > old,
    "exclusiveMinimum": lambda old, new: new > old,
    "minLength": lambda old, new: new > old,
    "minItems": lambda old, new: new > old,
    "minProperties": lambda old, new: new > old,
    "maximum": lambda old, new: new < old,
    "exclusiveMaximum": lambda old, new: new < old,
    "maxLength": lambda old, new: new < old,
    "maxItems": lambda old, new: new < old,
    "maxProperties": lambda old, new: new < old,
}
_WHOLE = ("pattern", "format", "const", "multipleOf", "uniqueItems", "oneOf", "anyOf", "not", "if", "then", "else")
_ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


@dataclass(frozen=True, slots=True)
class _Side:
    document: Document
    schema: Any

    def at(self, *names: str) -> "_Side":
        node = self.schema
        for name in names:
            node = node[name]
        return _Side(self.document, node)


def schema_changes(
    where: str, old: Document, old_schema: Any, new: Document, new_schema: Any, *, sent: bool
) -> Iterator[Change]:
    """`sent` says that clients send such a value; else they read it."""
    judge = _Comparison(sent)
    yield from judge.between(where, _Side(old, old_schema), _Side(new, new_schema))


class _Comparison:
    def __init__(self, sent: bool) -> None:
        self._sent = sent
        self._seen: set[tuple[int, int]] = set()

    def between(self, where: str, before: _Side, after: _Side) -> Iterator[Change]:
        old, new = _merged(before), _merged(after)
        if old == new and before.document == after.document:
            return
        pair = (id(before.schema), id(after.schema))
        if pair in self._seen:  # a schema that contains itself
            return
        self._seen.add(pair)
        yield from self._types(where, old, new)
        yield from self._bounds(where, old, new)
        yield from self._members(where, _Side(before.document, old), _Side(after.document, new))
        if "items" in old and "items" in new:
            below = _Side(before.document, old["items"]), _Side(after.document, new["items"])
            yield from self.between(f"{where}[]", *below)

    def _types(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        for name, read in (("type", _types_of), ("enum", _values_of)):
            before, after = read(old), read(new)
            if before != after:
                words = f"{name} was {_shown(old.get(name))}, is {_shown(new.get(name))}"
                yield self._change(where, _effect(before, after), words)

    def _bounds(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        for name in (*_NARROWER, *_WHOLE):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            words = f"{name} was {_shown(before)}, is {_shown(after)}"
            if before is None or after is None:
                yield self._change(where, "wider" if after is None else "narrower", words)
            elif name in _NARROWER:
                yield self._change(where, "narrower" if _NARROWER[name](before, after) else "wider", words)
            else:
                yield self._change(where, "other", words)
        if old.get("default") != new.get("default"):
            words = f"default was {_shown(old.get('default'))}, is {_shown(new.get('default'))}"
            yield self._change(where, "other", words)

    def _members(self, where: str, before: _Side, after: _Side) -> Iterator[Change]:
        old, new = before.schema.get("properties", {}), after.schema.get("properties", {})
        needed, need = set(before.schema.get("required", ())), set(after.schema.get("required", ()))
        for name in old.keys() - new.keys():
            yield breaking(f"{where}.{name}", "is gone")
        for name in new.keys() - old.keys():
            if self._sent and name in need:
                yield breaking(f"{where}.{name}", "is new and required")
            else:
                yield compatible(f"{where}.{name}", "is new")
        for name in old.keys() & new.keys():
            if (name in needed) != (name in need):
                words = "is required now" if name in need else "may be absent now"
                yield self._change(f"{where}.{name}", "narrower" if name in need else "wider", words)
            yield from self.between(f"{where}.{name}", before.at("properties", name), after.at("properties", name))
        closed, close = (side.schema.get("additionalProperties", True) is False for side in (before, after))
        if closed != close:
            words = "takes no other members now" if close else "takes other members now"
            yield self._change(where, "narrower" if close else "wider", words)

    def _change(self, where: str, effect: Effect, what: str) -> Change:
        harmless = "wider" if self._sent else "narrower"
        return compatible(where, what) if effect == harmless else breaking(where, what)


def _merged(side: _Side) -> dict[str, Any]:
    """The schema with what it refers to, its `allOf` parts and what stands beside them laid into one."""
    schema = side.schema
    if not isinstance(schema, dict):
        return {}
    followed = [follow(side.document, {"$ref": schema["$ref"]})] if "$ref" in schema else []
    parts = [_merged(_Side(side.document, one)) for one in (*followed, *schema.get("allOf", ()))]
    merged: dict[str, Any] = {}
    for part in (*parts, schema):
        for name, value in part.items():
            if name == "properties":
                merged[name] = {**merged.get(name, {}), **value}
            elif name == "required":
                merged[name] = sorted({*merged.get(name, ()), *value})
            elif name not in {"allOf", "$ref"}:
                merged[name] = value
    return merged


def _types_of(schema: Mapping[str, Any]) -> frozenset[Any]:
    stated = schema.get("type")
    found = _ALL_TYPES if stated is None else frozenset([stated] if isinstance(stated, str) else stated)
    return found | {"integer"} if "number" in found else found


def _values_of(schema: Mapping[str, Any]) -> frozenset[Any] | None:
    """None where any value will do."""
    return frozenset(map(str, schema["enum"])) if "enum" in schema else None


def _effect(old: frozenset[Any] | None, new: frozenset[Any] | None) -> Effect:
    if new is None or (old is not None and old < new):
        return "wider"
    return "narrower" if old is None or new < old else "other"


def _shown(value: Any) -> str:
    if value is None:
        return "not stated"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""JSON Schema as the contract uses it: compiled once, and problems told by path and keyword."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import jsonschema_rs

from contracts.errors import ContractError
from contracts.spec.document import walk
from contracts.spec.members import Members

_SCHEMAS = "#/components/schemas"
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "$id"})


class Problem(NamedTuple):
    """One way in which an instance breaks its schema.

    `path` leads to the offending value; for a missing member (`keyword` "required") the member is its last part.
    `limit` is the keyword's value: a bound, a pattern, the names of types.
    """

    path: tuple[str | int, ...]
    keyword: str
    limit: Any

    @property
    def field(self) -> str:
        """`contact.email`, `items[0].name`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


class Validator:
    """A schema, compiled on first use. Whether a value is valid takes about a microsecond; why it is not, longer."""

    def __init__(self, schema: Mapping[str, Any], document: dict[str, Any]) -> None:
        self.schema = schema
        self.members = Members(schema, document)
        self._components = document.get("components", {})

    @cached_property
    def _compiled(self) -> Any:
        try:
            schemas = referred_to(self.schema, self._components.get("schemas", {}))
            document = {**self.schema, "components": {"schemas": schemas}}
            return jsonschema_rs.Draft202012Validator(document, validate_formats=True)
        except (TypeError, ValueError) as error:
            raise ContractError(f"a schema cannot be used: {str(error).splitlines()[0]}") from error

    def require_usable(self) -> None:
        """Raises ContractError for what is not a schema."""
        _ = self._compiled

    def is_valid(self, instance: object) -> bool:
        return bool(self._compiled.is_valid(instance))

    def complete(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        """Of a valid object: null counts as absent, and what is absent has its default."""
        return self.members.complete(instance)

    def errors(self, instance: object) -> Iterator[tuple[tuple[str | int, ...], Problem, str]]:
        """Each problem with the steps that lead to the failed keyword through the schema (`$ref` is one), and what the
        library says of it."""
        for error in self._compiled.iter_errors(instance):
            yield tuple(error.evaluation_path), _problem(error), error.message

    def problems(self, instance: object) -> Iterator[Problem]:
        """What is missing first, then the rest in the order of the schema."""
        found = [_problem(error) for error in self._compiled.iter_errors(instance)]
        yield from sorted(found, key=lambda problem: not problem.keyword.startswith("required"))


def referred_to(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of the document's schemas that a schema refers to, at any remove: the fewer are compiled with it, the
    sooner that is done. All of them, where a reference is of another form."""
    found: dict[str, Any] = {}
    left: list[Any] = [schema]
    while left:
        for _, node in walk(left.pop()):
            for keyword in _REFERENCES & node.keys():
                kind, _, name = str(node[keyword]).rpartition("/")
                if kind != _SCHEMAS or name not in schemas:
                    return schemas
                if name not in found:
                    found[name] = schemas[name]
                    left.append(found[name])
    return found


def _problem(error: Any) -> Problem:
    path, kind = tuple(error.instance_path), error.kind
    if kind.name == "required":
        return Problem((*path, kind.property), "required", None)
    if kind.name == "anyOf" and (members := _required_alternatives(kind.context)):
        return Problem((*path, members[0]), "requiredAny", [".".join(map(str, (*path, m))) for m in members])
    details = {k: v for k, v in kind.as_dict().items() if k not in {"value", "property"}}
    return Problem(path, kind.name, next(iter(details.values()), None))


def _required_alternatives(context: Any) -> list[str]:
    """The members of which one is missing, or null, where every alternative of an `anyOf` just wants one."""
    errors = [error for alternative in context for error in alternative]
    if any(error.kind.name != "required" and error.instance is not None for error in errors):
        return []
    return [error.kind.property if error.kind.name == "required" else error.instance_path[-1] for error in errors]

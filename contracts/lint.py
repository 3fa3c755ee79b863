"""Is the contract document itself sound? Each check yields findings; none: what others rely on is there."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.document import ContractError, follow, walk
from contracts.spec import METHODS

Document = dict[str, Any]
_POINTER = re.compile(
    r"^\$(?P<source>request|response)\.(?P<part>body|path|query|header)(?:\.(?P<name>[\w-]+))?(?:#(?P<pointer>/.*))?$"
)
LEVELS = ("documented", "inferred", "assumed")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where in the document."""

    where: str
    trouble: str


def lint(document: Document) -> list[Finding]:
    """All findings of all checks, in the order of the checks. Without a valid OpenAPI document the others don't run."""
    broken = list(openapi_is_valid(document))
    return broken or [finding for check in CHECKS for finding in check(document)]


def openapi_is_valid(document: Document) -> Iterator[Finding]:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    if not str(document.get("openapi", "")).startswith("3.1"):
        yield Finding("openapi", "the document is not OpenAPI 3.1")
        return
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield Finding("/".join(map(str, error.absolute_path)), error.message[:300])


def examples_fit_their_schemas(document: Document) -> Iterator[Finding]:
    from jsonschema import Draft202012Validator, FormatChecker

    for path, node in walk(document):
        if "schema" not in node:
            continue
        for name, example in _examples(document, node):
            schema = {**node["schema"], "components": document["components"]}
            validator = Draft202012Validator(schema, format_checker=FormatChecker())
            for error in validator.iter_errors(example):
                at = "/".join(map(str, error.absolute_path))
                yield Finding(
                    _where(path), f"example {name} does not fit its schema at {at or 'its root'}: {error.message[:200]}"
                )


def _examples(document: Document, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "example" in node:
        yield "example", node["example"]
    for name, example in node.get("examples", {}).items():
        yield name, follow(document, example)["value"]


def operations_are_complete(document: Document) -> Iterator[Finding]:
    """Security, a 4xx, the error schema on every error, provenance."""
    for where, operation in _operations(document):
        if "security" not in operation:
            yield Finding(where, "the operation says nothing of security; without any it says `security: []`")
        if "x-provenance" not in operation:
            yield Finding(where, "the operation has no x-provenance")
        errors = {s: r for s, r in operation["responses"].items() if s[:1] in "45"}
        if not any(status.startswith("4") for status in errors):
            yield Finding(where, "the operation has no 4xx response")
        for status, response in errors.items():
            content = follow(document, response).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if schema.get("$ref") != "#/components/schemas/Error":
                yield Finding(f"{where} {status}", "the response does not have the schema Error")
        stated = {str(s) for statuses in operation.get("x-statuses", {}).values() for s in statuses}
        for status in sorted(stated ^ set(operation["responses"])):
            yield Finding(f"{where} {status}", "x-statuses and responses do not name the same statuses")


def links_resolve(document: Document) -> Iterator[Finding]:
    operations = {operation["operationId"]: (path, operation) for path, operation in _operations(document)}
    for where, operation in operations.values():
        for status, response in operation["responses"].items():
            answer = follow(document, response)
            for name, link in answer.get("links", {}).items():
                place = f"{where} {status} link {name}"
                if link.get("operationId") not in operations:
                    yield Finding(place, f"the link leads to no operation: {link.get('operationId')}")
                    continue
                _, target = operations[link["operationId"]]
                known = {f"{p['in']}.{p['name']}" for p in _parameters(document, target)}
                for parameter, expression in link.get("parameters", {}).items():
                    if parameter not in known:
                        yield Finding(place, f"{link['operationId']} has no parameter {parameter}")
                    yield from _expression_resolves(document, place, expression, operation, answer)
                body = link.get("requestBody", {})
                wanted = _properties(document, _schema(document, target.get("requestBody")))
                for member, expression in body.items():
                    if member not in wanted:
                        yield Finding(place, f"the body of {link['operationId']} has no member {member}")
                    yield from _expression_resolves(document, place, expression, operation, answer)


def _expression_resolves(
    document: Document, place: str, expression: Any, operation: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[Finding]:
    if not isinstance(expression, str) or not expression.startswith("$"):
        return
    match = _POINTER.match(expression)
    if match is None:
        yield Finding(place, f"{expression} is not a runtime expression")
    elif match["part"] == "body":
        holder = answer if match["source"] == "response" else follow(document, operation.get("requestBody"))
        schema = _schema(document, holder)
        for part in (match["pointer"] or "").split("/")[1:]:
            schema = follow(
                document, schema.get("items") if part.isdigit() else _properties(document, schema).get(part)
            )
            if schema is None:
                yield Finding(place, f"{expression} leads nowhere")
                return
    elif f"{match['part']}.{match['name']}" not in {f"{p['in']}.{p['name']}" for p in _parameters(document, operation)}:
        yield Finding(place, f"{expression} names a parameter that the operation does not have")


def policies_exist(document: Document) -> Iterator[Finding]:
    policies = document["x-rate-limits"]["policies"]
    used = set()
    for where, operation in _operations(document):
        for name in operation.get("x-rate-limit", ()):
            used.add(name)
            if name not in policies:
                yield Finding(where, f"x-rate-limit names {name}, which x-rate-limits does not have")
    for name in policies.keys() - used:
        yield Finding(f"x-rate-limits {name}", "no operation draws from this policy")
    for role, header in document["x-rate-limits"]["headers"].items():
        if header not in document["components"]["headers"]:
            yield Finding("x-rate-limits headers", f"the {role} header {header} is not declared in components/headers")


def errors_exist(document: Document) -> Iterator[Finding]:
    types = document["x-error-types"]
    operations = {operation["operationId"]: operation for _, operation in _operations(document)}
    for cause, error in document["x-errors"].items():
        where = f"x-errors {cause}"
        if error["type"] not in types:
            yield Finding(where, f"the type {error['type']} is not in x-error-types")
        for name in error.get("operations", operations):
            if name not in operations:
                yield Finding(where, f"there is no operation {name}")
            elif str(error["status"]) not in operations[name]["responses"]:
                yield Finding(where, f"{name} does not declare the status {error['status']}")
    for name in types.keys() - {error["type"] for error in document["x-errors"].values()}:
        yield Finding(f"x-error-types {name}", "no cause has this type")


def provenance_is_whole(document: Document) -> Iterator[Finding]:
    """A known level, a page for all that is documented, and an id that nothing else has."""
    seen: dict[str, int] = {}
    for path, node in walk(document):
        if "x-provenance" not in node:
            continue
        provenance, where = node["x-provenance"], _where(path)
        if provenance.get("level") not in LEVELS:
            yield Finding(where, f"the level must be one of {', '.join(LEVELS)}")
        if provenance.get("level") == "documented" and not provenance.get("page"):
            yield Finding(where, "what is documented names its page")
        identity = provenance.get("id")
        if not identity:
            yield Finding(where, "the statement has no id")
        elif seen.setdefault(identity, id(node)) != id(node):
            yield Finding(where, f"the id {identity} is another statement's already")
    for section in ("x-rules", "x-errors", "x-error-types"):
        for name, stated in document[section].items():
            if "x-provenance" not in stated:
                yield Finding(f"{section} {name}", "the statement has no x-provenance")


CHECKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    examples_fit_their_schemas,
    operations_are_complete,
    links_resolve,
    policies_exist,
    errors_exist,
    provenance_is_whole,
)


def extensions_exist(document: Document) -> None:
    """Raises ContractError where a section is missing that every reader needs."""
    for section in ("x-rate-limits", "x-idempotency", "x-error-types", "x-errors", "x-rules"):
        if not isinstance(document.get(section), dict):
            raise ContractError(f"the contract has no {section}")


def _operations(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _parameters(document: Document, operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [follow(document, parameter) for parameter in operation.get("parameters", ())]


def _schema(document: Document, part: Any) -> Mapping[str, Any]:
    content = (follow(document, part) or {}).get("content", {})
    schema: Mapping[str, Any] = follow(document, content.get("application/json", {}).get("schema", {}))
    return schema


def _properties(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of an object schema, its `allOf` parts included."""
    properties = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        properties.update(_properties(document, follow(document, part)))
    return properties


def _where(path: tuple[str | int, ...]) -> str:
    return "/".join(map(str, path)) or "the document"

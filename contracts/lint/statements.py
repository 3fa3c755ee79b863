"""The extensions among themselves: no policy, header, error type or operation is named that does not exist."""

from collections.abc import Iterator

from contracts.lint.finding import Document, Finding, place
from contracts.lint.reading import mapping, operations, parameters
from contracts.spec.provenance import stated_in

LEVELS = ("documented", "inferred", "observed", "assumed")
SEEN = ("server", "day")  # what only an observed statement says of itself, and must


def policies_exist(document: Document) -> Iterator[Finding]:
    policies = document["x-rate-limits"]["policies"]
    used = set()
    for where, operation in operations(document):
        for name in operation.get("x-rate-limit", ()):
            used.add(name)
            if name not in policies:
                yield Finding(where, f"x-rate-limit names {name}, which x-rate-limits does not have")
    for name in sorted(policies.keys() - used):
        yield Finding(f"x-rate-limits {name}", "no operation draws from this policy")
    for role, header in document["x-rate-limits"]["headers"].items():
        if header not in mapping(document, document, "components", "headers"):
            yield Finding("x-rate-limits headers", f"the {role} header {header} is not declared in components/headers")


def idempotency_is_declared(document: Document) -> Iterator[Finding]:
    stated, where = document["x-idempotency"], "x-idempotency"
    known = {operation["operationId"]: operation for _, operation in operations(document)}
    if stated["replayed_header"] not in (None, *mapping(document, document, "components", "headers")):
        yield Finding(where, f"the header {stated['replayed_header']} is not declared in components/headers")
    for name in stated["operations"]:
        if name not in known:
            yield Finding(where, f"there is no operation {name}")
            continue
        headers = {p["name"].lower() for p in parameters(document, known[name]) if p["in"] == "header"}
        if stated["header"].lower() not in headers:
            yield Finding(where, f"{name} has no header parameter {stated['header']}")
        for status in stated["stored"]:
            if str(status) not in known[name]["responses"]:
                yield Finding(where, f"{name} does not declare the stored status {status}")


def errors_exist(document: Document) -> Iterator[Finding]:
    types = document["x-error-types"]
    known = {operation["operationId"]: operation for _, operation in operations(document)}
    for cause, error in document["x-errors"].items():
        where = f"x-errors {cause}"
        if error["type"] not in types:
            yield Finding(where, f"the type {error['type']} is not in x-error-types")
        for name in error.get("operations", known):
            if name not in known:
                yield Finding(where, f"there is no operation {name}")
                continue
            for status in (error["status"], *error.get("also_accepted", ())):
                if str(status) not in known[name]["responses"]:
                    yield Finding(where, f"{name} does not declare the status {status}")
    for name in sorted(types.keys() - {error["type"] for error in document["x-errors"].values()}):
        yield Finding(f"x-error-types {name}", "no cause has this type")
    yield from _error_examples_agree(document)


def _error_examples_agree(document: Document) -> Iterator[Finding]:
    """An example of an error shows the status that it stands under, and a type that a cause of it has."""
    types = {(str(error["status"]), error["type"]) for error in document["x-errors"].values()}
    seen = set()
    for operation_name, operation in operations(document):
        for status, response in operation["responses"].items():
            examples = mapping(document, response, "content", "application/json", "examples")
            if status[0] not in "45" or id(examples) in seen:
                continue
            seen.add(id(examples))
            for name in examples:
                value = mapping(document, examples, name, "value")
                if (str(value.get("status")), value.get("type")) not in types or str(value.get("status")) != status:
                    where = f"{operation_name} {status} example {name}"
                    yield Finding(where, f"no cause in x-errors has status {status} and type {value.get('type')}")


def provenance_is_whole(document: Document) -> Iterator[Finding]:
    """A known level, a page for all that is documented, and an id that nothing else has."""
    seen = set()
    for path, node in stated_in(document):
        provenance, where = node["x-provenance"], place(path)
        if not isinstance(provenance, dict):
            yield Finding(where, "x-provenance has the members id, level and page")
            continue
        level, page, identity = (provenance.get(name) for name in ("level", "page", "id"))
        for name in sorted(provenance.keys() - {"id", "level", "page", *(SEEN if level == "observed" else ())}):
            yield Finding(where, f"x-provenance has the unknown member {name}")
        if level not in LEVELS:
            yield Finding(where, f"the level must be one of {', '.join(LEVELS)}")
        if level == "documented" and not page:
            yield Finding(where, "what is documented names its page")
        if level == "observed" and not all(provenance.get(name) for name in SEEN):
            yield Finding(where, "what was observed names its server and the day")
        if page is not None and not (isinstance(page, str) and page.startswith("/")):
            yield Finding(where, f"the page {page} is not a path of the documentation")
        if not isinstance(identity, str) or not identity:
            yield Finding(where, "the statement has no id")
        elif identity in seen:
            yield Finding(where, f"the id {identity} is another statement's already")
        else:
            seen.add(identity)


def untested_statements_exist(document: Document) -> Iterator[Finding]:
    """And each has one reason."""
    provenances = [node["x-provenance"] for _, node in stated_in(document) if isinstance(node["x-provenance"], dict)]
    stated = {identity for provenance in provenances if isinstance(identity := provenance.get("id"), str)}
    seen: set[str] = set()
    for name in _untested(document):
        if name not in stated:
            yield Finding("x-untested", f"there is no statement {name}")
        if name in seen:
            yield Finding("x-untested", f"{name} has two reasons")
        seen.add(name)


def _untested(document: Document) -> Iterator[str]:
    """What is of another form is `extensions_have_their_form`'s to find."""
    groups = document.get("x-untested")
    for group in groups if isinstance(groups, list) else ():
        names = group.get("statements") if isinstance(group, dict) else None
        yield from (name for name in (names if isinstance(names, list) else ()) if isinstance(name, str))

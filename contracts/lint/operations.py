"""What every operation must say: security, a 4xx, the error schema on every error, provenance, its statuses."""

from collections.abc import Iterator

from contracts.lint.finding import Document, Finding
from contracts.lint.reading import mapping, operations

_ERROR = "#/components/schemas/Error"


def operations_are_complete(document: Document) -> Iterator[Finding]:
    for where, operation in operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
        if not any(status.startswith("4") for status in errors):
            yield Finding(where, "the operation has no 4xx response")
        for status, answer in errors.items():
            schema = mapping(document, answer, "content", "application/json").get("schema")
            if not isinstance(schema, dict) or schema.get("$ref") != _ERROR:
                yield Finding(f"{where} {status}", "the response does not have the schema Error")
        stated = {str(status) for statuses in operation.get("x-statuses", {}).values() for status in statuses}
        for status in sorted(stated ^ set(operation["responses"])):
            yield Finding(f"{where} {status}", "x-statuses and responses do not name the same statuses")


def security_is_declared(document: Document) -> Iterator[Finding]:
    schemes = mapping(document, document, "components", "securitySchemes")
    for where, operation in operations(document):
        security = operation.get("security")
        if security is None:
            yield Finding(where, "the operation says nothing of security; without any it says `security: []`")
            continue
        for scheme in (name for requirement in security for name in requirement):
            if scheme not in schemes:
                yield Finding(where, f"there is no security scheme {scheme}")
        if bool(security) != ("x-key-kind" in operation):
            yield Finding(where, "x-key-kind says which kind of key an operation wants, where it wants one")

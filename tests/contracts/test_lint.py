"""Every check of `kordkit lint` bites: a document with one defect has the finding that names it."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts import lint as linting
from contracts.lint import lint
from contracts.lint.cli import lint as command

Path_ = tuple[str | int, ...]
GONE = object()

ORG = "/api/calendar/v1/public/org/{org_slug}"
CREATE = ("paths", "/api/calendar/v1/public/bookings", "post")
LOOKUP = ("paths", "/api/calendar/v1/public/bookings/confirmation/{confirmation_number}", "get")
SLOTS = ("paths", "/api/calendar/v1/public/availability", "get")
LINK = (*CREATE, "responses", "201", "links", "lookup")
BOOK = (*SLOTS, "responses", "200", "links", "book")
WEBHOOK = ("components", "pathItems", "BookingWebhook")
SCHEMAS = ("components", "schemas")
RULE = ("x-rules", "auth.key.length")
NO_ERROR = {"description": "Wrong", "content": {"application/json": {"schema": {"type": "object"}}}}

ALL: list[Any] = [*linting.FOUNDATIONS, *linting.CHECKS]

DEFECTS: list[tuple[str, Path_, Any, str]] = [
    # check, where the document is changed, into what, what the finding says
    ("openapi_is_valid", ("openapi",), "3.0.3", "not OpenAPI 3.1"),
    ("openapi_is_valid", ("info", "title"), GONE, '"title" is a required property'),
    ("openapi_is_valid", (*CREATE, "responses", "201", "description"), GONE, '"description" is a required'),
    ("openapi_is_valid", (*CREATE, "operationId"), "getService", "'getService'"),
    ("openapi_is_valid", ("paths", ORG, "get", "parameters"), [], "Path parameter 'org_slug'"),
    ("openapi_is_valid", ("paths",), 5, "cannot be validated"),
    ("extensions_have_their_form", ("x-errors",), GONE, '"x-errors" is a required property'),
    ("extensions_have_their_form", ("x-errors", "rate_limited", "status"), "429", "is not of type"),
    ("extensions_have_their_form", ("x-errors", "rate_limited", "x-provenance"), GONE, '"x-provenance" is a required'),
    ("extensions_have_their_form", ("x-error-types", "conflict"), {}, '"x-provenance" is a required'),
    ("extensions_have_their_form", (*RULE, "x-provenance"), GONE, '"x-provenance" is a required property'),
    ("extensions_have_their_form", (*RULE, "value"), GONE, '"value" is a required property'),
    ("extensions_have_their_form", (*RULE, "value"), "32", "is not of type"),
    ("extensions_have_their_form", ("x-rate-limits", "algorithm"), "leaky-bucket", "is not one of"),
    ("extensions_have_their_form", ("x-idempotency", "lifetime"), -1, "less than the minimum"),
    *(
        ("extensions_have_their_form", (*path, "limti"), 5, "'limti' was unexpected")
        for path in (
            ("x-rate-limits",),
            ("x-rate-limits", "headers"),
            ("x-rate-limits", "policies", "public-general"),
            ("x-idempotency",),
            ("x-error-types", "conflict"),
            ("x-errors", "rate_limited"),
            RULE,
            (*RULE, "x-provenance"),
            ("x-rules", "http.request_id", "value"),
            (*CREATE, "x-provenance"),
        )
    ),
    ("extensions_have_their_form", ("x-rate-limits", "policies", "creation", "window"), 10**12, "greater than the"),
    ("extensions_have_their_form", ("x-idempotency", "lifetime"), 10**12, "greater than the maximum"),
    ("provenance_is_whole", (*SCHEMAS, "Notes", "x-provenance", "pgae"), "/api", "the unknown member pgae"),
    ("extensions_have_their_form", (*CREATE, "x-provenance"), GONE, '"x-provenance" is a required property'),
    ("extensions_have_their_form", (*CREATE, "x-key-kind"), "secret", "is not one of"),
    ("extensions_have_their_form", (*CREATE, "responses", "4XX"), NO_ERROR, "does not match"),
    ("references_resolve", (*SCHEMAS, "CreateBooking", "x-of"), {"$ref": "#/nowhere"}, "leads nowhere"),
    ("references_resolve", (*SCHEMAS, "X"), {"x-of": {"$ref": "other.yaml#/X"}}, "cannot be followed"),
    ("examples_fit", ("components", "examples", "Slots", "value", "slots", 0, "capacity"), "1", "slots/0/capacity"),
    ("examples_fit", ("components", "examples", "WebhookEvent", "value", "event"), "booking.canceled", "at event"),
    ("examples_fit", ("components", "parameters", "Contact", "example"), 5, "example does not fit its schema"),
    ("examples_fit", (*SCHEMAS, "Color", "examples"), ["#6366f1", "blue"], "example 2 does not fit its schema"),
    (
        "examples_fit",
        (*SCHEMAS, "CreateBooking", "properties", "notes"),
        {"type": "string", "default": 1},
        "is not of type",
    ),
    ("examples_fit", (*SCHEMAS, "BookingFound", "required"), ["booking", "etag"], "'etag' is a required property"),
    ("operations_are_complete", (*CREATE, "responses", "409"), NO_ERROR, "does not have the schema Error"),
    ("operations_are_complete", (*CREATE, "responses", "503", "$ref"), "#/components/headers/Allow", "schema Error"),
    ("operations_are_complete", ("paths", ORG, "get", "responses", "400"), GONE, "do not name the same statuses"),
    ("operations_are_complete", (*CREATE, "x-statuses", "documented"), [400], "do not name the same statuses"),
    ("security_is_declared", (*CREATE, "security"), GONE, "the operation says nothing of security"),
    ("security_is_declared", (*CREATE, "security"), [{"password": []}], "there is no security scheme password"),
    ("security_is_declared", (*CREATE, "security"), [], "x-key-kind says which kind of key"),
    ("security_is_declared", (*CREATE, "x-key-kind"), GONE, "x-key-kind says which kind of key"),
    ("links_resolve", (*LINK, "operationId"), "findBooking", "leads to no operation: findBooking"),
    ("links_resolve", (*LINK, "parameters", "query.phone"), "1", "lookupBooking has no parameter query.phone"),
    ("links_resolve", (*LINK, "parameters", "contact"), "$body.x", "$body.x is not a runtime expression"),
    ("links_resolve", (*LINK, "parameters", "contact"), "$response.body#/booking/no", "booking/no leads nowhere"),
    ("links_resolve", (*LINK, "parameters", "contact"), "$request.body#/contact/no", "contact/no leads nowhere"),
    ("links_resolve", (*LINK, "parameters", "contact"), "$request.query.no", "names a parameter that the operation"),
    ("links_resolve", (*LINK, "parameters", "contact"), "$response.header.no", "names a header that the response"),
    ("links_resolve", (*BOOK, "x-request-body", "startsAt"), "x", "the body of createBooking has no member startsAt"),
    ("links_resolve", (*BOOK, "x-request-body", "contact", "name"), "$request.query.me", "names a parameter that"),
    ("policies_exist", (*CREATE, "x-rate-limit"), ["creation", "daily"], "x-rate-limit names daily"),
    ("policies_exist", (*CREATE, "x-rate-limit"), ["public-general"], "no operation draws from this policy"),
    ("policies_exist", ("x-rate-limits", "headers", "limit"), "RateLimit-Limit", "the limit header RateLimit-Limit"),
    ("idempotency_is_declared", ("x-idempotency", "header"), "Retry-Key", "has no header parameter Retry-Key"),
    ("idempotency_is_declared", ("x-idempotency", "replayed_header"), "Again", "the header Again is not declared"),
    ("idempotency_is_declared", ("x-idempotency", "operations"), ["buy"], "there is no operation buy"),
    ("idempotency_is_declared", ("x-idempotency", "stored"), [201, 410], "does not declare the stored status 410"),
    ("errors_exist", ("x-errors", "unknown_host", "type"), "lost", "the type lost is not in x-error-types"),
    ("errors_exist", ("x-errors", "unknown_host", "operations"), ["buy"], "there is no operation buy"),
    ("errors_exist", ("x-errors", "unknown_host", "status"), 410, "createBooking does not declare the status 410"),
    ("errors_exist", ("x-errors", "revoked_key", "also_accepted"), [402], "does not declare the status 402"),
    ("errors_exist", ("x-error-types", "gone"), {"x-provenance": {"id": "g", "level": "assumed"}}, "no cause has this"),
    (
        "errors_exist",
        ("components", "responses", "Unauthorized", "content", "application/json", "examples", "documented", "value"),
        {"detail": "No", "status": 401, "type": "no_key"},
        "no cause in x-errors has status 401 and type no_key",
    ),
    ("provenance_is_whole", (*RULE, "x-provenance", "level"), "heard", "the level must be one of"),
    ("provenance_is_whole", (*RULE, "x-provenance"), {"id": "a", "level": "documented"}, "names its page"),
    ("provenance_is_whole", (*RULE, "x-provenance"), {"id": "a", "level": "observed"}, "its server and the day"),
    ("provenance_is_whole", (*RULE, "x-provenance", "day"), "2026-11-28", "the unknown member day"),
    ("provenance_is_whole", (*RULE, "x-provenance", "page"), "the errors page", "is not a path of the documentation"),
    ("provenance_is_whole", (*RULE, "x-provenance", "id"), GONE, "the statement has no id"),
    ("provenance_is_whole", (*RULE, "x-provenance", "id"), "auth.order", "another statement's already"),
    ("provenance_is_whole", (*RULE, "x-provenance"), "assumed", "x-provenance has the members"),
    ("untested_statements_exist", ("x-untested", 0, "statements", 0), "no.such", "there is no statement no.such"),
    ("untested_statements_exist", ("x-untested", 1, "statements", 0), "api.host", "api.host has two reasons"),
    ("generators_can_read_it", (*BOOK, "requestBody"), {"org_slug": "acme-salon"}, "a link's requestBody"),
    ("generators_can_read_it", (*SCHEMAS, "NewContact", "anyOf"), [{"required": ["email"]}], "lose the members"),
    ("generators_can_read_it", (*SCHEMAS, "Slot", "oneOf"), [{"required": ["host"]}], "lose the members"),
    ("webhooks_have", (*WEBHOOK, "post", "security"), GONE, "the webhook says nothing of security"),
    ("readers_can_use_it", (*CREATE, "requestBody", "content"), {"text/plain": {}}, "lacks the member"),
]


def changed(document: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    holder: Any = document
    for part in path[:-1]:
        holder = holder[part]
    if value is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = deepcopy(value)
    return document


def test_the_shipped_contract_has_no_findings(document: dict[str, Any]) -> None:
    assert lint(document) == []


def test_the_contract_as_json_has_no_findings(document: dict[str, Any]) -> None:
    assert lint(json.loads(json.dumps(document))) == []


@pytest.mark.parametrize(("name", "path", "value", "trouble"), DEFECTS, ids=[f"{d[0]}: {d[3]}" for d in DEFECTS])
def test_a_check_finds_its_defect(name: str, path: Path_, value: Any, trouble: str, document: dict[str, Any]) -> None:
    [check] = [check for check in ALL if check.__name__.startswith(name)]
    found = list(check(changed(document, path, value)))
    assert any(trouble in finding.trouble for finding in found), found
    assert all(finding.where and "\n" not in finding.trouble for finding in found)


@pytest.mark.parametrize("check", ALL, ids=lambda check: str(check.__name__))
def test_lint_runs_every_check_and_none_has_findings_in_a_sound_document(
    check: Any, document: dict[str, Any], pristine: dict[str, Any]
) -> None:
    assert list(check(pristine)) == []
    path, value, trouble = next(defect[1:] for defect in DEFECTS if check.__name__.startswith(defect[0]))
    assert any(trouble in finding.trouble for finding in lint(changed(document, path, value)))


def test_an_operation_without_4xx_is_found(document: dict[str, Any]) -> None:
    operation = document["paths"][ORG]["get"]
    for status in [status for status in operation["responses"] if status.startswith("4")]:
        del operation["responses"][status]
    assert "the operation has no 4xx response" in {finding.trouble for finding in lint(document)}


def test_a_schema_that_contains_itself_is_found(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Notes"] = {"allOf": [{"$ref": "#/components/schemas/Notes"}]}
    assert lint(document)


def test_findings_come_with_exit_code_1(document: dict[str, Any], write: Callable[..., Path]) -> None:
    changed(document, ("x-errors", "unknown_host", "type"), "lost")
    result = CliRunner().invoke(command, [str(write(document))])
    assert result.exit_code == 1
    assert "x-errors unknown_host: the type lost is not in x-error-types" in result.stdout
    assert result.stderr == "1 finding\n"


@pytest.mark.slow  # seven seconds: it looks at every answer of every reading; `make check` runs the very command
def test_a_sound_contract_comes_with_exit_code_0_and_its_numbers(write: Callable[..., Path]) -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 0
    assert result.stdout.startswith("The contract is sound: 9 operations, ")


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "a: &a [*a]", "a: {? [x] : y}"])
def test_what_cannot_be_read_is_one_sentence_and_exit_code_2(content: str, write: Callable[..., Path]) -> None:
    result = CliRunner().invoke(command, [str(write(content))])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: ")


def test_the_overlays_are_part_of_what_is_checked(write: Callable[..., Path]) -> None:
    update = {"target": "$['x-rate-limits']", "update": {"algorithm": "leaky-bucket"}}
    overlay = write({"overlay": "1.0.0", "actions": [update]})
    result = CliRunner().invoke(command, ["--overlay", str(overlay)])
    assert result.exit_code == 1
    assert "x-rate-limits/algorithm: " in result.stdout

"""The shipped contract says what the documentation says, and mock and contract speak of the same things."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.spec.contract import Contract
from contracts.spec.document import follow, walk
from contracts.spec.provenance import stated_in

MOCKSERVER = Path(__file__).parents[2] / "mockserver"

# Causes that no line of the mock refuses with, and why they are in the catalogue all the same.
UNRAISED = {
    "service_unavailable": "a server that is overloaded or down says it; the mock only when it is told to fail",
}

# On every operation, through shared responses, whether or not one of its own rules can lead there.
EVERYWHERE = {405, 413, 415, 500, 503}

OPERATIONS = {
    # operation: (method, path below /api/calendar/v1, kind of key, error statuses that the documentation lists)
    "getOrganization": ("GET", "/public/org/{org_slug}", "public", {401, 403, 404, 429}),
    "getService": ("GET", "/public/org/{org_slug}/service/{service_slug}", "public", {401, 403, 404, 429}),
    "getAvailability": ("GET", "/public/availability", "public", {400, 401, 403, 404, 429}),
    "createBooking": ("POST", "/public/bookings", "public", {400, 401, 403, 404, 409, 422, 429}),
    "lookupBooking": ("GET", "/public/bookings/confirmation/{confirmation_number}", None, {400, 403, 404, 429}),
    "cancelBooking": (
        "POST",
        "/public/bookings/confirmation/{confirmation_number}/cancel",
        None,
        {400, 403, 404, 422, 429},
    ),
    "rescheduleBooking": (
        "POST",
        "/public/bookings/confirmation/{confirmation_number}/reschedule",
        None,
        {400, 403, 404, 409, 422},
    ),
    "getRescheduleAvailability": (
        "GET",
        "/public/bookings/confirmation/{confirmation_number}/availability",
        None,
        set(),
    ),
    "listBookings": ("GET", "/bookings", "platform", {401, 403, 429}),
}

ERRORS = [
    # status, its level, type, its level
    (400, "documented", "validation_error", "documented"),
    (401, "documented", "authentication_error", "documented"),
    (403, "documented", "permission_error", "inferred"),
    (404, "documented", "not_found", "documented"),
    (405, "assumed", "method_not_allowed", "assumed"),
    (409, "documented", "conflict", "assumed"),
    (413, "assumed", "payload_too_large", "assumed"),
    (415, "assumed", "unsupported_media_type", "assumed"),
    (422, "documented", "unprocessable", "assumed"),
    (429, "documented", "rate_limit_error", "assumed"),
    (500, "assumed", "server_error", "assumed"),
    (503, "assumed", "service_unavailable", "assumed"),
]


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or method of that name in the mock; its mutants say what they like."""
    for path in sorted(set(MOCKSERVER.rglob("*.py")) - set((MOCKSERVER / "mutants").glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                yield path, node


INJECTED = MOCKSERVER / "web" / "api" / "faults.py"
"""What it refuses with on purpose is any cause of the catalogue, read from there."""


def first_texts(name: str) -> set[str]:
    found = set()
    for path, call in calls(name):
        assert call.args, f"{path}, line {call.lineno}"
        if path == INJECTED:
            continue
        assert isinstance(call.args[0], ast.Constant), f"{path}, line {call.lineno}: {name} wants a literal"
        found.add(str(call.args[0].value))
    return found


def examples(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for path, node in walk(document):
        if "schema" in node and "examples" in node:
            for name, example in node["examples"].items():
                yield f"{'/'.join(map(str, path))} {name}", node["schema"], follow(document, example)["value"]
        elif "schema" in node and "example" in node:
            yield "/".join(map(str, path)), node["schema"], node["example"]


def test_there_are_the_nine_operations(contract: Contract) -> None:
    assert list(contract.operations) == list(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_method_path_key_and_statuses_of_its_page(name: str, contract: Contract) -> None:
    method, path, kind, statuses = OPERATIONS[name]
    operation = contract.operations[name]
    assert (operation.method, operation.path) == (method, "/api/calendar/v1" + path)
    assert operation.key_kind == kind
    stated = contract.document["paths"][operation.path][method.lower()]["x-statuses"]
    assert {status for status in stated.get("documented", ()) if status >= 400} == statuses
    assert set(operation.responses) >= EVERYWHERE


@pytest.mark.parametrize(("status", "status_level", "kind", "kind_level"), ERRORS)
def test_an_error_has_the_type_and_the_levels_of_the_errors_page(
    status: int, status_level: str, kind: str, kind_level: str, contract: Contract
) -> None:
    assert {error.type for error in contract.errors.values() if error.status == status} == {kind}
    assert contract.statements[f"errors.{status}"].level == status_level
    assert contract.statements[f"errors.type.{kind}"].level == kind_level
    page = "/api/errors" if status_level == "documented" else None
    assert contract.statements[f"errors.{status}"].page == page


def test_no_error_has_another_status(contract: Contract) -> None:
    assert {error.status for error in contract.errors.values()} == {status for status, *_ in ERRORS}


def test_the_known_details_are_those_of_the_documentation(contract: Contract) -> None:
    known = contract.rule("errors.known_details")
    assert known == {
        "400": "startsAt is required",
        "401": "Invalid or missing API key",
        "403": "Insufficient permissions",
    }
    assert {e.detail for e in contract.errors.values() if e.status == 401} == {known["401"]}
    assert contract.errors["foreign_organization"].detail == known["403"]
    assert contract.errors["missing_field"].detail.format(field="startsAt") == known["400"]


@pytest.mark.parametrize(
    ("policy", "limit", "window", "scope", "level"),
    [
        ("public-general", 60, 60, "key", "documented"),
        ("creation", 10, 60, "key", "documented"),
        ("platform-minute", 100, 60, "key", "documented"),
        ("platform-hour", 1000, 3600, "key", "documented"),
        ("platform-day", 10_000, 86_400, "organization", "documented"),
        ("self-service", 60, 60, "client", "assumed"),
        ("verification", 10, 60, "confirmation_number", "assumed"),
    ],
)
def test_the_limits_are_those_of_the_documentation_or_ours(
    policy: str, limit: int, window: int, scope: str, level: str, contract: Contract
) -> None:
    stated = contract.rate_limits.policies[policy]
    assert (stated.limit, stated.window, stated.scope, stated.provenance.level) == (limit, window, scope, level)


@pytest.mark.parametrize(
    ("statement", "level"),
    [
        ("auth.key.header", "documented"),
        ("auth.key.test_prefix", "assumed"),
        ("auth.order", "assumed"),
        ("availability.slot_host", "inferred"),
        ("availability.timezone", "inferred"),
        ("bookings.contact_nullable", "assumed"),
        ("bookings.created_status", "inferred"),
        ("bookings.id_form", "assumed"),
        ("idempotency", "documented"),
        ("idempotency.other_operations", "assumed"),
        ("operations.getRescheduleAvailability", "assumed"),
        ("bookings.reschedule_availability_exists", "documented"),
        ("self_service.contact_elsewhere", "inferred"),
        ("self_service.contact_parameter", "documented"),
        ("service.policy_text_nullable", "assumed"),
        ("webhooks.header.signature", "documented"),
        ("webhooks.signature", "assumed"),
        ("webhooks.signature_form", "assumed"),
    ],
)
def test_a_statement_has_the_level_that_the_documentation_gives_it(
    statement: str, level: str, contract: Contract
) -> None:
    assert contract.statements[statement].level == level


def test_the_contradictions_of_the_documentation_are_kept(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    members = {name: set(schema.get("properties", ())) for name, schema in schemas.items()}
    assert members["CreateBooking"] >= {"starts_at", "ends_at", "party_size", "host_id", "team_id"}
    assert members["RescheduleBooking"] >= {"start_at", "end_at"}
    assert members["BookingSummary"] >= {"start_at", "end_at"}
    assert members["Slot"] >= {"startsAt", "endsAt", "hostId", "teamId"}
    assert "partySize" in contract.operations["getAvailability"].query_types
    assert "canceled" in schemas["BookingStatus"]["enum"]
    assert "booking.cancelled" in contract.document["webhooks"]
    assert "duration" in members["Service"]
    assert "duration_minutes" in members["CalendarSettings"]
    policy = schemas["CalendarSettings"]["properties"]["cancellation_policy"]["properties"]
    assert set(policy) == {"noticeHours", "policyText"}
    shown = {name: example["value"] for name, example in contract.document["components"]["examples"].items()}
    assert (shown["BookingFound"]["booking"]["service_id"], shown["Slots"]["slots"][0]["serviceId"]) == (
        "haircut",
        "haircut",
    )
    assert shown["WebhookEvent"]["data"]["booking"]["serviceId"] == "srv_haircut"
    assert [len(shown[name]["booking"]) for name in ("BookingCreated", "BookingRescheduled")] == [8, 8]
    assert [len(shown[name]["booking"]) for name in ("BookingFound", "BookingCanceled")] == [13, 13]


def test_all_examples_are_valid_for_both_validators(contract: Contract) -> None:
    found = list(examples(contract.document))
    assert len(found) > 20
    for where, schema, example in found:
        assert contract.validator(schema).is_valid(example), where
        whole = {**schema, "components": contract.document["components"]}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator(whole, format_checker=checker).validate(example)


def test_the_webhook_example_is_a_delivery_of_each_event(contract: Contract) -> None:
    events = contract.rule("webhooks.events")
    assert list(contract.document["webhooks"]) == events
    for event in events:
        delivery = follow(contract.document, contract.document["webhooks"][event])["post"]
        media = delivery["requestBody"]["content"]["application/json"]
        example = follow(contract.document, media["examples"]["documented"])["value"]
        assert contract.validator(media["schema"]).is_valid({**example, "event": event})
        assert not contract.validator(media["schema"]).is_valid({**example, "event": "booking.canceled"})
        assert {parameter["name"] for parameter in delivery["parameters"]} == {
            "X-Kordless-Signature",
            "X-Kordless-Timestamp",
            "X-Kordless-Webhook-Id",
        }


def test_no_two_statements_share_an_id(contract: Contract) -> None:
    ids = Counter(node["x-provenance"]["id"] for _, node in stated_in(contract.document))
    assert [identity for identity, times in ids.items() if times > 1] == []
    assert set(ids) == set(contract.statements)


def test_every_cause_that_the_mock_refuses_with_is_in_the_catalogue(contract: Contract) -> None:
    assert first_texts("Refused") - set(contract.errors) == set()


def test_every_cause_of_the_catalogue_is_one_that_the_mock_refuses_with(contract: Contract) -> None:
    assert set(contract.errors) - first_texts("Refused") <= set(UNRAISED)


def test_the_catalogue_and_the_responses_of_each_operation_agree(contract: Contract) -> None:
    for operation in contract.operations.values():
        causes = {
            error.status
            for error in contract.errors.values()
            if error.operations is None or operation.id in error.operations
        }
        assert causes - set(operation.responses) == set(), operation.id
        declared = {status for status in operation.responses if status >= 400}
        assert declared - causes - EVERYWHERE == set(), operation.id


def test_every_rule_that_the_mock_reads_is_stated(contract: Contract) -> None:
    names = first_texts("rule")
    assert names
    for name in names:
        contract.rule(name)
    for prefix in first_texts("rules"):
        assert list(contract.rules(prefix)), prefix

"""A contract that lets a request lack what its readers cannot do without is refused: by lint, and when it is loaded."""

from typing import Any

import pytest

from contracts.errors import ContractError
from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.members import Members, types

SCHEMAS = ("components", "schemas")
CREATE = (*SCHEMAS, "CreateBooking")
SLOTS = ("paths", "/api/calendar/v1/public/availability", "get", "parameters")
LIST = ("paths", "/api/calendar/v1/bookings", "get", "parameters")


def put(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    holder: Any = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "trouble"),
    [
        (
            (*CREATE, "required"),
            ["org_slug"],
            "createBooking, service_slug must be required: it cannot be done without",
        ),
        ((*CREATE, "required", 5), "notes", "in the body of createBooking, contact must be required"),
        ((*SCHEMAS, "NewContact", "required"), [], "contact.name must be required"),
        ((*CREATE, "properties", "ends_at"), {"type": ["string", "null"]}, "ends_at must not be null"),
        ((*CREATE, "properties", "timezone"), {"oneOf": [{"type": "null"}, {"type": "string"}]}, "must not be null"),
        (
            (*CREATE, "properties", "party_size"),
            {"type": "string"},
            "party_size must be declared to be of type integer",
        ),
        ((*CREATE, "properties", "notes"), {}, "notes must be declared to be of type string"),
        ((*CREATE, "properties", "notes"), True, "notes must be declared to be of type string"),
        ((*CREATE, "properties", "party_size", "minimum"), 0, "party_size must have a minimum of 1 or more, not 0"),
        ((*CREATE, "properties", "party_size"), {"type": "integer"}, "must have a minimum of 1 or more"),
        ((*CREATE, "properties"), {}, "org_slug is not declared"),
        ((*SLOTS, 2, "name"), "start", "in the query of getAvailability, from is not declared"),
        ((*SLOTS, 4, "schema"), {"type": "number", "minimum": 1}, "partySize must be declared to be of type integer"),
        ((*LIST, 5, "schema"), {"type": "integer", "minimum": 1}, "limit must have a default"),
    ],
)
def test_what_cannot_be_done_without_is_one_sentence(
    path: tuple[str | int, ...], value: Any, trouble: str, document: dict[str, Any]
) -> None:
    put(document, path, value)
    with pytest.raises(ContractError) as caught:
        Contract.of(document)
    assert trouble in str(caught.value)
    assert "\n" not in str(caught.value)
    assert any(trouble in finding.trouble for finding in lint(document))


def test_a_path_names_what_is_read_from_it(document: dict[str, Any]) -> None:
    path = "/api/calendar/v1/public/org/{org_slug}"
    document["paths"]["/api/calendar/v1/public/org/{slug}"] = document["paths"].pop(path)
    with pytest.raises(ContractError, match=r"the path of getOrganization lacks \{org_slug\}"):
        Contract.of(document)


def test_the_shipped_contract_can_be_read(document: dict[str, Any]) -> None:
    assert Contract.of(document).operations


DOCUMENT: dict[str, Any] = {
    "components": {"schemas": {"Size": {"type": ["integer", "null"], "default": 2}, "Base": {"required": ["a"]}}}
}
SCHEMA = {
    "allOf": [{"$ref": "#/components/schemas/Base"}],
    "properties": {
        "a": {"type": "string"},
        "size": {"$ref": "#/components/schemas/Size"},
        "note": {"type": ["string", "null"], "default": None},
        "in": {"type": "object", "properties": {"b": {"default": []}}},
    },
}


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ({"a": "x"}, {"a": "x", "size": 2}),
        ({"a": "x", "size": None, "note": None}, {"a": "x", "size": 2}),
        ({"a": "x", "size": 0, "note": ""}, {"a": "x", "size": 0, "note": ""}),
        ({"in": {"b": None}}, {"size": 2, "in": {"b": []}}),
        ({"in": 5, "other": None}, {"size": 2, "in": 5, "other": None}),
    ],
)
def test_null_counts_as_absent_and_what_is_absent_has_its_default(given: Any, complete: Any) -> None:
    members = Members(SCHEMA, DOCUMENT)
    before = repr(given)
    assert members.complete(given) == complete
    assert repr(given) == before
    assert members.required == {"a"}


@pytest.mark.parametrize(
    ("schema", "known"),
    [
        ({"enum": ["a", 1, None]}, {"string", "integer", "null"}),
        ({"const": True}, {"boolean"}),
        ({"anyOf": [{"type": "string"}, {"minLength": 1}]}, None),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"string", "null"}),
        ({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}, {"string"}),
        ({"$ref": "#/components/schemas/Size", "type": "integer"}, {"integer"}),
        (True, None),
    ],
)
def test_the_types_of_a_schema_are_those_that_it_plainly_says(schema: Any, known: Any) -> None:
    assert types(schema, DOCUMENT) == known


def test_a_schema_that_contains_itself_is_a_sentence() -> None:
    document: dict[str, Any] = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}
    document["components"]["schemas"]["B"] = {"allOf": [{"$ref": "#/components/schemas/A"}]}
    with pytest.raises(ContractError):
        _ = Members({"$ref": "#/components/schemas/A"}, document).declared

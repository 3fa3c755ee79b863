"""Reading a contract: the shipped one, another file, and files that cannot be used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ContractError
from contracts.spec.contract import Contract, control_bodies
from contracts.spec.document import follow, read
from contracts.spec.schemas import Validator

Write = Callable[..., Path]
CREATE = ("paths", "/api/calendar/v1/public/bookings", "post")


def put(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    holder: Any = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return document


def test_the_shipped_contract_is_what_loading_without_a_file_gives(contract: Contract) -> None:
    assert contract.document == read(None)
    assert (contract.version, contract.server) == ("1", "https://api.kordless.ai")


def test_a_contract_can_be_json(document: dict[str, Any], contract: Contract, write: Write) -> None:
    loaded = Contract.load(write(json.dumps(document), "contract.json"))
    assert loaded.document == contract.document
    assert loaded.statements == contract.statements


def test_an_operation_knows_what_it_wants(contract: Contract) -> None:
    create, cancel = contract.operations["createBooking"], contract.operations["cancelBooking"]
    assert (create.method, create.key_kind, create.policies) == ("POST", "public", ("public-general", "creation"))
    assert create.body is not None
    assert set(create.headers) == {"idempotency-key"}
    assert (cancel.key_kind, cancel.body, set(cancel.query_types)) == (None, None, {"contact"})
    assert contract.operations["listBookings"].query_types["limit"] == "integer"


def test_overlays_are_part_of_the_contract_that_is_loaded(write: Write) -> None:
    target = "$['x-rate-limits'].policies.creation"
    overlay = write({"overlay": "1.0.0", "actions": [{"target": target, "update": {"limit": 5}}]}, "o.yaml")
    assert Contract.load(None, [overlay]).rate_limits.policies["creation"].limit == 5


def test_statuses_may_be_written_as_numbers_and_times_without_quotes(write: Write) -> None:
    text = "responses: {200: {example: 2025-12-03T15:00:00Z}}\n"
    assert read(write(text)) == {"responses": {"200": {"example": "2025-12-03T15:00:00Z"}}}


def test_an_answer_without_a_body_lets_any_body_pass(document: dict[str, Any]) -> None:
    put(document, (*CREATE, "responses", "204"), {"description": "Done"})
    assert Contract.of(document).operations["createBooking"].responses[204].is_valid(None)


def test_schemas_that_operations_share_are_compiled_once(contract: Contract) -> None:
    shared = {id(operation.responses[404]) for operation in contract.operations.values()}
    assert len(shared) == 1


def test_a_rule_that_is_not_stated_is_told_by_name(contract: Contract) -> None:
    assert contract.rule("auth.key.length") == 32
    with pytest.raises(ContractError, match=r"x-rules does not state no\.such\.rule"):
        contract.rule("no.such.rule")


def test_rules_are_found_by_their_beginning(contract: Contract) -> None:
    assert dict(contract.rules("time."))["time.years"] == {"first": 1970, "last": 9998}
    assert {name.split(".")[1] for name, _ in contract.rules("spelling.field.")} == {"field"}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/a/b", {"c": 1}),
        ("#/a~1b/x~0y", 2),
        ("#/%7Bid%7D", 3),
        ("#/list/1", "second"),
        ("#/round", {"c": 1}),
    ],
)
def test_references_are_followed_within_the_document(reference: str, found: Any) -> None:
    document = {
        "a": {"b": {"c": 1}},
        "a/b": {"x~y": 2},
        "{id}": 3,
        "list": ["first", "second"],
        "round": {"$ref": "#/a/b"},
        "self": {"$ref": "#/self"},
    }
    assert follow(document, {"$ref": reference}) == found


@pytest.mark.parametrize(
    "reference", ["#/a/nothing", "#/list/7", "#/list/x", "#/a/b/c", "#/self", "other.yaml#/a", "#"]
)
def test_a_reference_that_leads_nowhere_is_told(reference: str) -> None:
    document = {"a": {"b": 1}, "list": [1], "self": {"$ref": "#/self"}}
    with pytest.raises(ContractError, match=r"^the reference .* (leads nowhere|cannot be followed)$"):
        follow(document, {"$ref": reference})


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("", "is not a mapping of names to values"),
        ("- a\n- b\n", "is not a mapping of names to values"),
        ("a: 1\n  b: 2\n", "line 2: mapping values are not allowed"),
        ("a: {x: 1,\n    x: 2}\n", 'line 2: "x" is given twice, first on line 1'),
        ("a:\n  ~: 1\n", "line 2: the name '~' is not text"),
        ("a: &a [*a]\n", "is nested more than 100 levels deep, or contains itself"),
        ("a: " + "[" * 200 + "]" * 200, "is nested more than 100 levels deep, or contains itself"),
        ("a: !!int x\n", "not YAML"),
        ("a: \0\n", "not YAML"),
        ("openapi: 3.1.0\n", "required property"),
    ],
)
def test_a_file_that_is_no_contract_is_told_in_one_sentence(content: str, trouble: str, write: Write) -> None:
    path = write(content)
    with pytest.raises(ContractError) as caught:
        Contract.load(path)
    assert str(path) in str(caught.value)
    assert trouble in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4\n")
    with pytest.raises(ContractError, match="is not a text file in UTF-8"):
        Contract.load(tmp_path / "latin.yaml")
    with pytest.raises(ContractError, match="cannot be read: Is a directory"):
        Contract.load(tmp_path)
    with pytest.raises(ContractError, match="cannot be read: No such file"):
        Contract.load(tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("path", "value", "trouble"),
    [
        (("x-rate-limits", "algorithm"), "leaky-bucket", "x-rate-limits/algorithm"),
        (("x-rate-limits", "policies", "creation", "limit"), 0, "x-rate-limits/policies/creation/limit"),
        ((*CREATE, "x-rate-limit"), ["no-such"], "createBooking names the policy no-such"),
        ((*CREATE, "x-rate-limit"), ["verification"], "it knows no confirmation_number"),
        (
            ("x-rate-limits", "policies", "self-service", "scope"),
            "key",
            "cannot draw from self-service: it knows no key",
        ),
        (("x-idempotency", "header"), "Retry-Key", "the header Retry-Key, which createBooking has no parameter for"),
        (("x-idempotency", "operations"), ["buy"], "names the operation buy, which does not exist"),
        (("x-errors", "unknown_host", "detail"), "No {host", "x-errors/unknown_host/detail"),
        (("x-rules", "auth.key.length", "value"), "long", "x-rules/auth.key.length/value"),
        (("x-rules", "time.years", "value"), {"first": 1970}, "x-rules/time.years/value"),
        ((*CREATE, "responses", "4XX"), {"description": "?"}, "responses: "),
        ((*CREATE, "operationId"), "getService", "the operationId getService is given twice"),
        ((*CREATE, "requestBody", "content"), {}, "POST /api/calendar/v1/public/bookings lacks the member 'app"),
        ((*CREATE, "parameters", 0, "schema"), {"pattern": "("}, "a schema cannot be used"),
        (("components", "schemas", "Notes", "type"), "text", "a schema cannot be used"),
        (("components", "schemas", "Notes", "x-provenance"), {"id": "x", "level": "heard"}, "is no provenance"),
        (("components", "schemas", "Error"), {"$ref": "#/nowhere"}, "does not exist"),
    ],
)
def test_what_readers_could_not_use_is_told_when_the_contract_is_loaded(
    path: tuple[str | int, ...], value: Any, trouble: str, document: dict[str, Any]
) -> None:
    with pytest.raises(ContractError) as caught:
        Contract.of(put(document, path, value), "my.yaml")
    assert str(caught.value).startswith("my.yaml")
    assert trouble in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_problem_is_told_by_path_keyword_and_limit() -> None:
    person = {
        "type": "object",
        "required": ["name"],
        "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
        "properties": {"name": {"type": "string", "minLength": 2}, "tags": {"items": {"type": "string"}}},
    }
    validator = Validator({"properties": {"person": person}}, {})
    problems = list(validator.problems({"person": {"tags": ["a", 1]}}))
    assert [(problem.field, problem.keyword) for problem in problems] == [
        ("person.name", "required"),
        ("person.email", "requiredAny"),
        ("person.tags[1]", "type"),
    ]
    assert problems[1].limit == ["person.email", "person.phone"]
    [short] = validator.problems({"person": {"name": "x", "email": ""}})
    assert (short.path, short.keyword, short.limit) == (("person", "name"), "minLength", 2)


def test_the_control_api_has_bodies_of_its_own() -> None:
    assert control_bodies()["createKey"].is_valid({"organization": "a", "kind": "public", "label": "b"})
    assert not control_bodies()["createKey"].is_valid({"organization": "a", "kind": "other", "label": "b"})

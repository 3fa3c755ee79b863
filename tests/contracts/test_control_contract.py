"""The description of the mock's own control API."""

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contracts.lint.examples import examples_fit_their_schemas
from contracts.lint.standard import references_resolve
from contracts.spec.contract import control_bodies
from contracts.spec.document import CONTROL, METHODS, follow, read, walk

PREFIX = "/_mock"


@pytest.fixture(scope="module")
def control() -> dict[str, Any]:
    return read(CONTROL)


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item]


def test_it_is_openapi_3_1(control: dict[str, Any]) -> None:
    assert control["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(control).iter_errors()) == []
    assert list(references_resolve(control)) == []
    assert list(examples_fit_their_schemas(control)) == []


def test_every_operation_lies_below_the_prefix_and_has_a_name_and_a_summary(control: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(control)]
    assert len(names) == len(set(names))
    for path, operation in operations(control):
        assert path == PREFIX or path.startswith(f"{PREFIX}/")
        assert operation["summary"], path


def test_every_operation_says_what_it_answers_when_all_is_well_and_when_not(control: dict[str, Any]) -> None:
    for path, operation in operations(control):
        assert any(status.startswith("2") for status in operation["responses"]), path
        problem = follow(control, operation["responses"]["default"])
        assert "application/problem+json" in problem["content"], path


def test_every_schema_is_one(control: dict[str, Any]) -> None:
    schemas = [node["schema"] for _, node in walk(control) if "schema" in node]
    for schema in [*schemas, *control["components"]["schemas"].values()]:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_json_body_can_be_validated(control: dict[str, Any]) -> None:
    wanting = {operation["operationId"] for _, operation in operations(control) if "requestBody" in operation}
    assert set(control_bodies()) == wanting


def test_no_key_leaves_the_mock_but_when_it_is_made(control: dict[str, Any]) -> None:
    assert "key" not in control["components"]["schemas"]["Key"]["properties"]

"""Whoever knows the API better than we do amends the contract, and the mock does otherwise: no code is touched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from werkzeug.test import TestResponse

from contracts.spec.document import read
from mockserver.settings import Settings
from mockserver.wiring import Unusable, build

Start = Callable[..., Any]
Amend = Callable[..., Path]
Body = Callable[..., dict[str, Any]]

ORGANIZATION = "public/org/acme-salon"
RESPONSE_HEADERS = "$.components.headers"
CREATE = "$.paths['/api/calendar/v1/public/bookings'].post"
LIST = "$.paths['/api/calendar/v1/bookings'].get"


@pytest.fixture
def door() -> str:
    """Both lead to the same pipeline; what it is built from does not depend on them."""
    return "direct"


def rule(name: str) -> str:
    return f"$['x-rules']['{name}']"


def sent(client: Any, path: str, method: str = "GET", **how: Any) -> TestResponse:
    """Without the headers that the test client looks for, which some overlays rename."""
    answer: TestResponse = client.built.app.test_client().open(f"/api/calendar/v1/{path}", method=method, **how)
    return answer


def test_the_status_of_a_creation_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    response = {"$ref": "#/components/schemas/BookingCreated"}
    content = {"application/json": {"schema": response}}
    overlay = amend(
        (f"{CREATE}.responses", {"202": {"description": "Booked", "content": content}}),
        (f"{CREATE}.responses['201']", None),
        sound=False,
    )
    assert start(overlays=[overlay]).post("public/bookings", json=booking_body()).status_code == 202


def test_an_operation_that_cannot_succeed_is_none(amend: Amend) -> None:
    overlay = amend((f"{CREATE}.responses['201']", None), sound=False)
    with pytest.raises(Unusable, match="createBooking declares no response with a status of success"):
        build(Settings(overlays=[overlay]))


def test_an_error_type_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    provenance = {"x-provenance": {"id": "errors.type.slot_taken", "level": "documented", "page": "/api/errors"}}
    overlay = amend(
        ("$['x-errors'][?@.type=='conflict']", {"type": "slot_taken"}),
        ("$['x-error-types'].conflict", None),
        ("$['x-error-types']", {"slot_taken": provenance}),
    )
    client = start(overlays=[overlay])
    assert client.post("public/bookings", json=booking_body()).status_code == 201
    again = client.post("public/bookings", json=booking_body())
    assert (again.status_code, again.json["type"]) == (409, "slot_taken")


def test_status_and_sentence_of_a_cause_are_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    change = {"status": 409, "type": "conflict", "detail": "Too late: {field} is over"}
    client = start(overlays=[amend(("$['x-errors'].start_in_past", change))])
    past = {"starts_at": "2025-11-28T15:00:00Z", "ends_at": "2025-11-28T16:00:00Z"}
    answer = client.post("public/bookings", json=booking_body(**past))
    assert answer.status_code == 409
    assert answer.json == {"detail": "Too late: starts_at is over", "status": 409, "type": "conflict"}


def test_the_names_of_an_errors_members_are_the_contracts(start: Start, amend: Amend) -> None:
    renamed = {"detail": "message", "status": "code", "type": "kind"}
    schema = {"required": list(renamed.values()), "properties": {name: {} for name in renamed.values()}}
    client = start(
        overlays=[
            amend(
                ("$['x-error-members']", renamed),
                ("$.components.schemas.Error.required", None),
                ("$.components.schemas.Error.properties", None),
                ("$.components.schemas.Error", schema),
                sound=False,  # its examples have the old names
            )
        ]
    )
    sentence = client.built.contract.errors["missing_key"].detail
    assert sent(client, ORGANIZATION).json == {"message": sentence, "code": 401, "kind": "authentication_error"}
    late = b"".join(client.built.gate.late({"REQUEST_METHOD": "POST"}, lambda *_: None))
    assert set(orjson.loads(late)) == {"message", "code", "kind"}


def test_the_longest_range_is_the_contracts(start: Start, amend: Amend) -> None:
    client = start(overlays=[amend((rule("availability.max_range_days"), {"value": 2}))])
    asked = "public/availability?org_slug=acme-salon&service_slug=haircut&from=2025-12-03T00:00:00Z&to="
    assert client.get(asked + "2025-12-05T00:00:00Z").status_code == 200
    assert client.get(asked + "2025-12-05T01:00:00Z").status_code == 200  # clocks may have been put back
    answer = client.get(asked + "2025-12-05T01:00:01Z")
    assert (answer.status_code, answer.json["detail"]) == (400, "from and to must not be more than 2 days apart")


def test_the_longest_body_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    client = start(overlays=[amend((rule("http.max_body_bytes"), {"value": 100}))])
    answer = client.post("public/bookings", json=booking_body())
    assert (answer.status_code, answer.json["detail"]) == (413, "The request body must not be longer than 100 bytes")


def test_the_years_that_are_known_are_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    client = start(overlays=[amend((rule("time.years"), {"value": {"first": 2026, "last": 2030}}))])
    answer = client.post("public/bookings", json=booking_body())
    assert (answer.status_code, answer.json["detail"]) == (400, "starts_at must be in the years 2026 to 2030")


def test_the_form_of_a_new_key_is_the_contracts(start: Start, amend: Amend) -> None:
    overlay = amend((rule("auth.key.test_prefix"), {"value": "kl_sandbox_"}), (rule("auth.key.length"), {"value": 40}))
    client = start(overlays=[overlay])
    wanted = {"organization": "acme-salon", "kind": "public", "label": "New", "environment": "development"}
    key = client.post("/_mock/keys", json=wanted).json["key"]
    assert key.startswith("kl_sandbox_")
    assert len(key) == len("kl_sandbox_") + 40
    assert client.with_key(key).get(ORGANIZATION).status_code == 200


def test_the_header_of_the_key_is_the_contracts(start: Start, amend: Amend) -> None:
    client = start(overlays=[amend(("$.components.securitySchemes.kordlessKey", {"name": "X-Api-Key"}))])
    assert sent(client, ORGANIZATION, headers={"X-Api-Key": client.key}).status_code == 200
    assert sent(client, ORGANIZATION, headers={"x-kordless-key": client.key}).status_code == 401


def test_the_header_of_the_organization_is_the_contracts(start: Start, amend: Amend, keys: Callable[..., str]) -> None:
    overlay = amend((f"{LIST}.parameters[?@.name=='x-organization-id']", {"name": "X-Organization"}))
    client = start(overlays=[overlay])
    headers = {"x-kordless-key": keys(client, "platform"), "X-Organization": "abc123"}
    assert sent(client, "bookings", headers=headers).status_code == 200


def test_the_request_id_header_is_the_contracts(start: Start, amend: Amend) -> None:
    overlay = amend((rule("http.request_id"), {"value": {"header": "X-Trace", "max_length": 4}}))
    client = start(overlays=[overlay])
    for given, echoed in (("abcd", True), ("abcde", False)):
        answer = sent(client, ORGANIZATION, headers={"x-kordless-key": client.key, "X-Trace": given})
        assert (answer.headers["X-Trace"] == given) is echoed
        assert "X-Request-Id" not in answer.headers


def test_the_length_of_a_page_is_the_contracts(
    start: Start, amend: Amend, keys: Callable[..., str], booking_body: Body
) -> None:
    target = f"{LIST}.parameters[?@.name=='limit']"
    client = start(overlays=[amend((target, {"schema": {"maximum": 3, "default": 1}}))])
    for day in (3, 4):
        times = {"starts_at": f"2025-12-0{day}T15:00:00Z", "ends_at": f"2025-12-0{day}T16:00:00Z"}
        assert client.post("public/bookings", json=booking_body(**times)).status_code == 201
    headers = {"x-kordless-key": keys(client, "platform"), "x-organization-id": "abc123"}
    assert len(client.get("bookings", headers=headers).json["bookings"]) == 1
    assert client.get("bookings?limit=4", headers=headers).status_code == 400


def test_what_a_body_must_hold_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    overlay = amend(("$.components.schemas.Notes", {"maxLength": 11}))
    client = start(overlays=[overlay])
    answer = client.post("public/bookings", json=booking_body(notes="First visits"))
    assert (answer.status_code, answer.json["detail"]) == (400, "notes must not have more than 11 characters")


def test_the_path_of_an_operation_is_the_contracts(start: Start, amend: Amend, tmp_path: Path) -> None:
    document = read(None)
    document["paths"] = {path.replace("/v1/", "/v2/"): item for path, item in document["paths"].items()}
    document["info"]["version"] = "2"
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(document))
    client = start(contract=other)
    assert client.get("/_mock/health").json["contract"] == "2"
    assert client.get("/_mock/openapi.json").json == document
    assert client.get("/api/calendar/v2/public/org/acme-salon").status_code == 200
    assert client.get(ORGANIZATION).status_code == 404


def test_overlays_amend_the_contract_that_is_given(start: Start, amend: Amend, tmp_path: Path) -> None:
    document = read(None)
    document["x-rate-limits"]["policies"]["public-general"].update(limit=5, window=10)
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(document))
    overlay = amend(("$['x-rate-limits'].policies['public-general']", {"limit": 6}))
    answer = start(contract=other, overlays=[overlay], limits=True).get(ORGANIZATION)
    assert answer.headers["X-RateLimit-Limit"] == "6"
    assert answer.headers["X-RateLimit-Reset"] == "1764576010"


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        (("$.nowhere", {}), r"overlay\.yaml, action 1: \$\.nowhere matches nothing in the contract"),
        ((f"{CREATE}['x-rate-limit']", "hourly"), "createBooking names the policy hourly"),
        ((rule("auth.key.length"), None), r"x-rules does not state auth\.key\.length"),
        (("$['x-rate-limits']", {"algorithm": "leaky"}), "x-rate-limits/algorithm"),
        (("$['x-rate-limits'].policies.creation", {"limti": 5}), "'limti' was unexpected"),
        (("$.components.schemas.Notes['x-provenance']", {"pgae": "/api"}), "unknown member pgae"),
        (("$['x-idempotency']", {"header": "X-Retry-Key"}), "the header X-Retry-Key, which createBooking has no"),
    ],
)
def test_a_contract_that_no_mock_can_keep_is_told_before_the_mock_starts(
    change: tuple[str, Any], trouble: str, amend: Amend
) -> None:
    with pytest.raises(Unusable, match=trouble):
        build(Settings(overlays=[amend(change, sound=False)]))

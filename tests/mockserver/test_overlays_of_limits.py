"""Whoever knows limits and idempotency better than we do amends the contract, and the mock does otherwise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]
Amend = Callable[..., Path]
Body = Callable[..., dict[str, Any]]

ORGANIZATION = "public/org/acme-salon"
RESPONSE_HEADERS = "$.components.headers"
CREATE = "$.paths['/api/calendar/v1/public/bookings'].post"


@pytest.fixture
def door() -> str:
    """Both lead to the same pipeline; what it is built from does not depend on them."""
    return "direct"


def test_the_names_of_the_rate_limit_headers_are_the_contracts(start: Start, amend: Amend) -> None:
    names = {"limit": "RateLimit-Limit", "remaining": "RateLimit-Remaining", "reset": "RateLimit-Reset"}
    declared = {name: {"schema": {"type": "integer"}} for name in names.values()}
    overlay = amend((RESPONSE_HEADERS, declared), ("$['x-rate-limits'].headers", names))
    answer = start(overlays=[overlay], limits=True).get(ORGANIZATION)
    assert [answer.headers[name] for name in names.values()] == ["60", "59", "1764576060"]
    assert "X-RateLimit-Limit" not in answer.headers


def test_number_and_window_of_a_limit_are_the_contracts(start: Start, amend: Amend) -> None:
    overlay = amend(("$['x-rate-limits'].policies['public-general']", {"limit": 2, "window": 10}))
    client = start(overlays=[overlay], limits=True)
    assert [client.get(ORGANIZATION).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(ORGANIZATION).headers["Retry-After"] == "10"
    client.advance(9.9)
    assert client.get(ORGANIZATION).status_code == 429
    client.advance(0.1)
    assert client.get(ORGANIZATION).status_code == 200


def test_the_scope_of_a_limit_is_the_contracts(start: Start, amend: Amend, keys: Callable[..., str]) -> None:
    overlay = amend(("$['x-rate-limits'].policies['public-general']", {"limit": 1, "scope": "client"}))
    client = start(overlays=[overlay], limits=True)
    assert client.get(ORGANIZATION).status_code == 200
    other = client.with_key(keys(client, "public", "harbor"))
    assert other.get("public/org/harbor-clinic").status_code == 429


def test_the_limits_of_an_operation_are_the_contracts(start: Start, amend: Amend) -> None:
    overlay = amend(
        ("$.paths['/api/calendar/v1/public/org/{org_slug}'].get", {"x-rate-limit": ["creation"]}),
        ("$['x-rate-limits'].policies.creation", {"limit": 7}),
    )
    assert start(overlays=[overlay], limits=True).get(ORGANIZATION).headers["X-RateLimit-Limit"] == "7"


@pytest.mark.parametrize(
    ("algorithm", "third", "fourth"),
    [
        ("fixed-window", (429, "0"), (200, "1")),
        ("sliding-window", (429, "0"), (200, "0")),
        ("token-bucket", (200, "0"), (200, "0")),
    ],
)
def test_the_algorithm_is_the_contracts(
    algorithm: str, third: tuple[int, str], fourth: tuple[int, str], start: Start, amend: Amend
) -> None:
    overlay = amend(
        ("$['x-rate-limits']", {"algorithm": algorithm}),
        ("$['x-rate-limits'].policies['public-general']", {"limit": 2}),
    )
    client = start(overlays=[overlay], limits=True)
    seen = []
    for pause in (0, 20, 20, 21):
        client.advance(pause)
        answer = client.get(ORGANIZATION)
        seen.append((answer.status_code, answer.headers["X-RateLimit-Remaining"]))
    assert seen == [(200, "1"), (200, "0"), third, fourth]


def test_the_idempotency_headers_are_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    overlay = amend(
        (f"{CREATE}.parameters[?@.name=='Idempotency-Key']", {"name": "X-Retry-Key"}),
        (RESPONSE_HEADERS, {"X-Retried": {"schema": {"const": "true"}}}),
        ("$['x-idempotency']", {"header": "X-Retry-Key", "replayed_header": "X-Retried"}),
    )
    client = start(overlays=[overlay])
    answers = [client.post("public/bookings", json=booking_body(), headers={"X-Retry-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert ["X-Retried" in answer.headers for answer in answers] == [False, True]
    assert "Idempotency-Replayed" not in answers[1].headers
    assert client.post("public/bookings", json=booking_body(), headers={"Idempotency-Key": "k"}).status_code == 409


def test_the_lifetime_of_an_idempotency_key_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    client = start(overlays=[amend(("$['x-idempotency']", {"lifetime": 60}))])
    statuses = []
    for pause in (0, 59, 1):
        client.advance(pause)
        answer = client.post("public/bookings", json=booking_body(), headers={"Idempotency-Key": "k"})
        statuses.append(answer.status_code)
    assert statuses == [201, 201, 409]


def test_which_outcomes_are_stored_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    overlay = amend(("$['x-idempotency'].stored", None), ("$['x-idempotency']", {"stored": [409, 422]}))
    client = start(overlays=[overlay])
    answers = [client.post("public/bookings", json=booking_body(), headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 409, 409]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, None, "true"]


def test_the_form_of_an_idempotency_key_is_the_contracts(start: Start, amend: Amend, booking_body: Body) -> None:
    schema = {"schema": {"maxLength": 36}}
    client = start(overlays=[amend((f"{CREATE}.parameters[?@.name=='Idempotency-Key']", schema))])
    answer = client.post("public/bookings", json=booking_body(), headers={"Idempotency-Key": "k" * 37})
    assert (answer.status_code, answer.json["type"]) == (400, "validation_error")

"""What becomes of the answers of those for whom a fault fires."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.web.api.exchange import Wire
from tests.mockserver.fault_client import ACME, CREATE, journal, seen, set_fault


def test_an_error_is_the_contracts_by_its_cause_or_its_status(client: Any, refused: Callable[..., None]) -> None:
    for action, cause, details in (
        ({"cause": "slot_not_offered"}, "slot_not_offered", {}),
        ({"cause": "missing_field"}, "missing_field", {"field": "field"}),
        ({"status": 404}, "unknown_organization", {}),
        ({"status": 503}, "service_unavailable", {}),
        ({"status": 429}, "rate_limited", {}),
    ):
        fault = set_fault(client, action={"kind": "error", **action})
        refused(client.built.app.test_client().get(f"/api/calendar/v1/{ACME}", headers={"X-Kordless-Key": client.key}),
                cause, **details)  # fmt: skip
        client.request("DELETE", f"/_mock/faults/{fault['id']}")


def test_a_wait_is_told_where_it_is_chosen_and_where_the_contract_promises_it(client: Any) -> None:
    set_fault(client, action={"kind": "error", "status": 429}, times=1)
    set_fault(client, action={"kind": "error", "status": 503, "retry_after": 30}, times=1)
    set_fault(client, action={"kind": "error", "status": 503})
    assert [seen(client)[1].get("Retry-After") for _ in range(3)] == ["1", "30", None]


@pytest.mark.parametrize("status", [502, 504])
def test_what_the_contract_does_not_document_comes_from_a_gateway(client: Any, status: int) -> None:
    set_fault(client, action={"kind": "error", "status": status})
    answered, headers, body, wire = seen(client)
    assert (answered, headers["Content-Type"], wire) == (status, "text/html", None)
    assert str(status).encode() in body
    assert headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("action", "wire"),
    [
        ({"kind": "latency", "seconds": 2}, Wire(2)),
        ({"kind": "response-lost"}, Wire(close=True)),
        ({"kind": "truncated-body", "bytes": 9}, Wire(cut=9)),
        ({"kind": "slow-body", "seconds": 3}, Wire(spread=3)),
        ({"kind": "slow-body"}, Wire(spread=5)),
    ],
)
def test_what_happens_on_the_wire_leaves_the_answer_as_it_was(client: Any, action: Any, wire: Wire) -> None:
    clean = seen(client)
    set_fault(client, action=action)
    status, _, body, planned = seen(client)
    assert (status, body) == (clean[0], clean[2])
    assert planned == wire


def test_half_of_a_body_is_cut_off_by_default(client: Any) -> None:
    set_fault(client, action={"kind": "truncated-body"})
    _, _, body, wire = seen(client)
    assert wire == Wire(cut=len(body) // 2)


def test_malformed_json_is_of_the_length_that_is_announced(client: Any) -> None:
    clean = seen(client)[2]
    set_fault(client, action={"kind": "malformed-json"})
    _, headers, body, wire = seen(client)
    assert (body, headers["Content-Length"], wire) == (clean[:-1], str(len(clean) - 1), None)


def test_a_wrong_content_type_is_all_that_is_wrong(client: Any) -> None:
    clean = seen(client)
    set_fault(client, action={"kind": "wrong-content-type"}, times=1)
    set_fault(client, action={"kind": "wrong-content-type", "content_type": "text/plain; charset=utf-16"})
    for typed in ("text/html", "text/plain; charset=utf-16"):
        _, headers, body, _ = seen(client)
        assert (headers["Content-Type"], body) == (typed, clean[2])


def test_latencies_add_up_and_hold_back_what_else_goes_wrong(client: Any) -> None:
    for action in (
        {"kind": "latency", "seconds": 1},
        {"kind": "latency", "seconds": 0.5},
        {"kind": "error", "status": 503},
        {"kind": "latency", "seconds": 9},
    ):
        set_fault(client, action=action)
    status, _, _, wire = seen(client)
    assert (status, wire) == (503, Wire(1.5))
    assert journal(client)[0]["fault"] == "latency (fault_1), latency (fault_2), error (fault_3)"


@pytest.mark.parametrize(
    ("kind", "wire"), [("connection-closed", Wire(close=True)), ("connection-reset", Wire(reset=True))]
)
def test_a_connection_that_ends_before_answering_has_done_nothing(
    client: Any, wish: Callable[..., dict[str, Any]], kind: str, wire: Wire
) -> None:
    set_fault(client, action={"kind": kind})
    assert seen(client)[3] == wire
    client.built.app.test_client().post(
        "/api/calendar/v1/public/bookings",
        json=wish(client, "haircut", "2025-12-03T15:00:00Z"),
        headers={"X-Kordless-Key": client.key},
    )
    assert not client.stored("bookings")


@pytest.mark.parametrize(("key", "bookings"), [("k1", 1), (None, 2)])
def test_after_a_lost_response_a_retry_books_once_with_a_key_and_twice_without(
    client: Any, wish: Callable[..., dict[str, Any]], key: str | None, bookings: int
) -> None:
    set_fault(client, **CREATE, action={"kind": "response-lost"}, times=1)
    headers = {"Idempotency-Key": key} if key else {}
    body = wish(client, "color", "2025-12-03T15:00:00Z")  # there are two who could do it
    for _ in range(2):
        assert client.post("public/bookings", json=body, headers=headers).status_code == 201
    assert len(client.stored("bookings")) == bookings
    retried, first = journal(client, "createBooking")
    assert (first["fault"], retried["fault"]) == ("response-lost (fault_1)", None)

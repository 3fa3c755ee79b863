"""The control API below `/_mock`: looking at the mock, moving it, and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

ACME = "public/org/acme-salon"
NEW_KEY = {"organization": "acme-salon", "kind": "public", "label": "Test"}
Book = Callable[..., dict[str, Any]]
Keys = Callable[..., str]
Start = Callable[..., Any]


def is_problem(answer: TestResponse, status: int, detail: str = "") -> bool:
    """Whether an answer is a problem+json of that status whose sentence contains `detail`."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert set(body) == {"title", "status", "detail"}
    assert body["status"] == status
    return detail in body["detail"]


def listed_keys(client: Any) -> dict[str, dict[str, Any]]:
    return {key["id"]: key for key in client.get("/_mock/keys").get_json()["keys"]}


def journal(client: Any, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/_mock/requests?{query}")
    assert answer.status_code == 200, answer.text
    requests: list[dict[str, Any]] = answer.get_json()["requests"]
    return requests


AS_SHIPPED = {"number": 0, "answers": {}}


def test_health_tells_what_is_served(client: Any) -> None:
    client.advance(60)
    health = client.get("/_mock/health").get_json()
    assert health.pop("version")
    assert health == {"status": "ok", "contract": "1", "now": "2025-12-01T08:01:00Z", "seed": 7, "reading": AS_SHIPPED}


def test_the_contract_in_force_can_be_fetched(client: Any) -> None:
    assert client.get("/_mock/openapi.json").get_json() == client.built.contract.document


@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/keys", "/_mock/requests"])
def test_the_control_api_needs_no_key_and_counts_nothing(start: Start, path: str) -> None:
    client = start(limits=True)
    answer = client.with_key(None).get(path)
    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.startswith("X-RateLimit")]
    assert journal(client) == []


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "nothing", 404), ("GET", "reset", 405), ("PUT", "keys", 405)]
)
def test_what_the_control_api_does_not_know_is_a_problem_too(client: Any, method: str, path: str, status: int) -> None:
    assert is_problem(client.request(method, f"/_mock/{path}"), status)


# --- reset


def test_a_reset_forgets_bookings_and_begins_their_ids_anew(client: Any, book: Book) -> None:
    first = [book(client, start=f"2025-12-03T{hour}:00:00Z") for hour in (15, 16)]
    assert client.post("/_mock/reset").status_code == 204
    assert [book(client, start=f"2025-12-03T{hour}:00:00Z") for hour in (15, 16)] == first
    assert first[0]["id"] == "book_abc123xyz"


def test_a_reset_brings_the_keys_of_the_dataset_back(client: Any, keys: Keys) -> None:
    before = listed_keys(client)
    made = client.post("/_mock/keys", json=NEW_KEY).get_json()["key"]
    client.get(ACME)
    client.post("/_mock/keys/key_acme_public/revoke")
    client.post("/_mock/reset")
    assert listed_keys(client) == before
    assert client.with_key(made).get(ACME).status_code == 401
    assert client.get(ACME).status_code == 200


def test_a_reset_fills_the_limits_and_empties_the_journal(start: Start) -> None:
    client = start(limits=True)
    assert [client.get(ACME).status_code for _ in range(61)] == [200] * 60 + [429]
    client.post("/_mock/reset")
    assert journal(client) == []
    assert client.get(ACME).headers["X-RateLimit-Remaining"] == "59"


def test_a_reset_forgets_idempotency_keys(client: Any, booking_body: Callable[..., Any]) -> None:
    sent = {"Idempotency-Key": "k1"}
    assert client.post("public/bookings", json=booking_body(), headers=sent).status_code == 201
    client.post("/_mock/reset")
    answer = client.post("public/bookings", json=booking_body(notes="another"), headers=sent)
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)


def test_a_reset_leaves_the_clock_alone(client: Any) -> None:
    client.advance(3600)
    client.post("/_mock/reset")
    assert client.get("/_mock/health").get_json()["now"] == "2025-12-01T09:00:00Z"


# --- keys


def test_a_key_is_listed_with_its_end_and_not_its_value(client: Any) -> None:
    client.advance(1)
    client.get(ACME)
    assert listed_keys(client)["key_acme_public"] == {
        "id": "key_acme_public",
        "organization": "acme-salon",
        "kind": "public",
        "label": "Website",
        "environment": "development",
        "end": "Apub",
        "created": "2025-06-02T14:00:00Z",
        "expires": None,
        "last_used": "2025-12-01T08:00:01Z",
        "status": "active",
    }


def test_the_list_tells_which_keys_are_of_use(client: Any) -> None:
    status = {key["id"]: key["status"] for key in listed_keys(client).values() if key["organization"] == "acme-salon"}
    assert status == {
        "key_acme_public": "active",
        "key_acme_platform": "active",
        "key_acme_revoked": "revoked",
        "key_acme_expired": "expired",
    }


def test_the_value_of_a_made_key_is_told_once(client: Any) -> None:
    body = {**NEW_KEY, "environment": "production", "expires_at": "2025-12-24T12:00:00+01:00"}
    answer = client.post("/_mock/keys", json=body)
    made = answer.get_json()
    value = made.pop("key")
    assert answer.status_code == 201
    assert client.with_key(value).get(ACME).status_code == 200
    assert made["end"] == value[-4:]
    assert (made["created"], made["expires"]) == ("2025-12-01T08:00:00Z", "2025-12-24T11:00:00Z")
    assert listed_keys(client)[made["id"]] == {**made, "last_used": "2025-12-01T08:00:00Z"}
    assert value not in client.get("/_mock/keys").text
    assert value not in client.post(f"/_mock/keys/{made['id']}/revoke").text


def test_an_unknown_organization_or_key_is_not_found(client: Any) -> None:
    answer = client.post("/_mock/keys", json={**NEW_KEY, "organization": "nobody"})
    assert is_problem(answer, 404, "nobody")
    assert is_problem(client.post("/_mock/keys/key_nothing/revoke"), 404, "key_nothing")


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"organization": None}, "organization must be a string"),
        ({"kind": "private"}, "kind must be one of public, platform"),
        ({"label": ""}, "label must not be empty"),
        ({"environment": "staging"}, "environment must be one of development, production"),
        ({"expires_at": "tomorrow"}, "expires_at is not a valid RFC 3339 time"),
        ({"expires_at": "2016-12-31T23:59:60Z"}, "expires_at is not a valid RFC 3339 time"),
        ({"expires_at": "9999-12-31T23:59:59-01:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+01:00"}, "expires_at"),
        ({"expiry": "2026-01-01T00:00:00Z"}, "expiry"),
    ],
)
def test_an_invalid_member_of_a_new_key_is_named(client: Any, changes: dict[str, Any], detail: str) -> None:
    assert is_problem(client.post("/_mock/keys", json={**NEW_KEY, **changes}), 400, detail)
    assert len(listed_keys(client)) == 8


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "organization is required"),
        (b"[]", "the body must be an object"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b'{"label": "\\ud800"}', "not valid JSON"),
        (b"[" * 500 + b"]" * 500, "the body"),
        (b"[" * 5000 + b"]" * 5000, "not valid JSON"),
    ],
)
def test_a_body_that_is_no_object_is_a_problem(client: Any, data: bytes, detail: str) -> None:
    assert is_problem(client.post("/_mock/keys", data=data, content_type="application/json"), 400, detail)


# --- the journal


def test_the_journal_tells_request_and_answer(client: Any) -> None:
    client.advance(5)
    client.get(f"{ACME}?page=1", headers={"X-Request-Id": "mine"})
    (entry,) = journal(client)
    assert entry.pop("ms") >= 0
    assert "mine" in entry["headers"].values()
    assert entry["answer"]["headers"]["X-Request-Id"] == "mine"
    assert '"slug":"acme-salon"' in entry["answer"]["body"]
    assert {name: entry[name] for name in entry if name not in ("headers", "answer")} == {
        "request_id": "mine",
        "arrived": "2025-12-01T08:00:05Z",
        "client": "127.0.0.1",
        "method": "GET",
        "path": "/api/calendar/v1/public/org/acme-salon",
        "query": "page=1",
        "body": "",
        "operation": "getOrganization",
        "organization": "acme-salon",
        "key": "key_acme_public",
        "status": 200,
        "cause": None,
        "hint": None,
        "fault": None,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("limit=0", []),
        ("limit=99999999999999999999", ["c", "b", "a"]),
        ("method=get", ["b", "a"]),
        ("path=/api/calendar/v1/public/org/", ["b", "a"]),
        ("operation=createBooking", ["c"]),
        ("organization=acme-salon", ["a"]),
        ("key=key_acme_public", ["c", "a"]),
        ("status=401", ["b"]),
        ("status=4xx", ["c", "b"]),
        ("header=X-Request-Id:%20b", ["b"]),
        ("header=X-Request-Id&header=x-kordless-key", ["c", "a"]),
        ("since=2025-12-01T08:00:00Z", ["c", "b", "a"]),
        ("until=2025-12-01T08:00:00Z", []),
        ("request_id=c", ["c"]),
        ("method=GET&status=200", ["a"]),
        ("method=GET&limit=1", ["b"]),
    ],
)
def test_the_journal_is_filtered_newest_first(client: Any, query: str, found: list[str]) -> None:
    client.get(ACME, headers={"X-Request-Id": "a"})
    client.with_key(None).get(ACME, headers={"X-Request-Id": "b"})
    client.post("public/bookings", json={}, headers={"X-Request-Id": "c"})
    assert [entry["request_id"] for entry in journal(client, query)] == found


@pytest.mark.parametrize(
    ("query", "detail"),
    [("limit=-1", "limit"), ("limit=ten", "limit"), ("colour=red", "colour"), ("since=now", "since")],
)
def test_an_unknown_filter_is_a_problem(client: Any, query: str, detail: str) -> None:
    assert is_problem(client.get(f"/_mock/requests?{query}"), 400, detail)


def test_the_journal_keeps_the_last_requests_and_can_be_emptied(start: Start) -> None:
    client = start(journal=2)
    for name in "abc":
        client.get(ACME, headers={"X-Request-Id": name})
    assert [entry["request_id"] for entry in journal(client)] == ["c", "b"]
    assert client.request("DELETE", "/_mock/requests").status_code == 204
    assert journal(client) == []


# --- who may

LOCAL = ["localhost", "localhost:4020", "mock.localhost", "127.0.0.1:4020", "127.9.9.9", "[::1]", "[::1]:4020"]
FOREIGN = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.168.0.7",
    "0.0.0.0",
    "[2001:db8::1]",
    "[bad",
]


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_this_machine_are_served(client: Any, host: str) -> None:
    sent = {"Host": host, "Origin": f"http://{host}"}
    assert client.get("/_mock/health", headers=sent).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_and_pages_of_other_sites_are_not(client: Any, host: str) -> None:
    assert is_problem(client.get("/_mock/health", headers={"Host": host}), 403)
    assert is_problem(client.post("/_mock/reset", headers={"Origin": f"https://{host}"}), 403)


def test_a_page_without_an_origin_of_its_own_is_foreign(client: Any) -> None:
    assert is_problem(client.get("/_mock/keys", headers={"Origin": "null"}), 403)


@pytest.mark.parametrize(
    "given", [None, "", "t0ken", "Bearer", "Bearer wrong", "Bearer t0kenx", "Basic t0ken", "Bearer tökén"]
)
def test_without_the_admin_token_nothing_is_told(start: Start, given: str | None) -> None:
    client = start(admin_token="t0ken")
    headers = {} if given is None else {"Authorization": given}
    for method, path in [("GET", "health"), ("GET", "keys"), ("POST", "reset"), ("GET", "requests")]:
        assert is_problem(client.request(method, f"/_mock/{path}", headers=headers), 401)


@pytest.mark.parametrize("host", ["localhost", "mock.example:4020"])
def test_with_the_admin_token_the_name_does_not_matter(start: Start, host: str) -> None:
    headers = {"Authorization": "Bearer t0ken", "Host": host}
    assert start(admin_token="t0ken").get("/_mock/keys", headers=headers).status_code == 200


def test_the_address_and_the_control_api_say_what_they_are(client: Any) -> None:
    assert client.get("/").text.startswith("This is a kordkit mock of the Kordless Booking API.\n")
    index = client.get("/_mock").get_json()
    assert {"GET /_mock/health", "PUT /_mock/state", "POST /_mock/keys"} <= set(index["paths"])

"""`/_mock/state`: out, on with the work, and back to where everything was."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.limits.algorithms import ALGORITHMS
from mockserver.mutants import find
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.mockserver.snapshots.control import moved, put, revoke, state

Work = Callable[[Any], list[tuple[int, list[tuple[str, str]], bytes]]]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_after_an_import_everything_happens_again_byte_for_byte(
    start: Callable[..., Any], work: Work, algorithm: str
) -> None:
    client = start(limits=True, algorithm=algorithm)
    work(client)
    exported = state(client)
    first = work(client)
    revoke(client)
    client.request("PUT", "/_mock/limits", json={"enabled": False, "algorithm": "fixed-window"})
    assert state(client) != exported
    assert put(client, exported).status_code == 204
    assert state(client) == exported
    assert work(client) == first


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_exported_state_goes_on_in_another_mock_of_the_same_dataset(
    start: Callable[..., Any], work: Work, algorithm: str
) -> None:
    client, other = start(limits=True, algorithm=algorithm), start()
    work(client)
    revoke(client)
    exported = state(client)
    assert put(other, exported).status_code == 204
    assert state(other) == exported
    assert work(other) == work(client)


def test_the_order_of_members_makes_no_difference(start: Callable[..., Any], work: Work) -> None:
    client, other = start(limits=True), start(limits=True)
    work(client)
    text = json.dumps(state(client), sort_keys=True)
    answer = other.request("PUT", "/_mock/state", data=text, content_type="application/json")
    assert answer.status_code == 204
    assert state(other) == state(client)
    assert work(other)[:-4] == work(client)[:-4]


@pytest.mark.sources
def test_a_mutant_takes_back_what_it_has_exported() -> None:
    """A check of it moves its clock, and puts back what there was."""
    settings = Settings(now=1_764_576_000 * 10**9, frozen=True)
    client = build(settings, parts=find("limit-off-by-one").apply(STANDARD)).app.test_client()
    key = {"x-kordless-key": "kord_test_AcmeSalonPublic0000000000000Apub"}
    answers = [client.get("/api/calendar/v1/public/org/acme-salon", headers=key).status_code for _ in range(62)]
    assert answers == [200] * 61 + [429]
    assert client.put("/_mock/state", json=client.get("/_mock/state").json).status_code == 204


def test_an_import_is_the_way_back_in_time(start: Callable[..., Any]) -> None:
    client = start(limits=True)
    exported = state(client)
    moved(client, 10_000_000)
    client.request("PUT", "/_mock/clock", json={"frozen": False})
    client.get("public/org/acme-salon")
    assert put(client, exported).status_code == 204
    assert client.request("GET", "/_mock/clock").get_json() == {"now": "2025-12-01T08:00:00Z", "frozen": True}
    answer = client.get("public/org/acme-salon")
    assert answer.headers["Date"] == "Mon, 01 Dec 2025 08:00:00 GMT"
    assert answer.headers["X-RateLimit-Remaining"] == "59"


def test_last_uses_are_as_they_were(start: Callable[..., Any]) -> None:
    client = start()
    client.get("public/org/acme-salon")
    exported = state(client)
    moved(client, 60)
    client.get("public/org/acme-salon")
    put(client, exported)
    listed = {k["id"]: k["last_used"] for k in client.request("GET", "/_mock/keys").get_json()["keys"]}
    assert listed.pop("key_acme_public") == "2025-12-01T08:00:00Z"
    assert set(listed.values()) == {None}


def test_a_stored_answer_is_given_again_after_an_import(start: Callable[..., Any], wish: Callable[..., Any]) -> None:
    client, headers = start(limits=True), {"Idempotency-Key": "k"}
    body = wish(client, "haircut", "2025-12-03T15:00:00Z")
    first = client.post("public/bookings", json=body, headers=headers)
    exported = state(client)
    client.request("POST", "/_mock/reset")
    put(client, exported)
    again = client.post("public/bookings", json=body, headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("public/bookings", json={**body, "notes": "x"}, headers=headers)
    assert other.status_code == 422


def test_a_state_without_secrets_or_journal_is_exported(start: Callable[..., Any], keys: Callable[..., str]) -> None:
    client = start()
    client.get("public/org/acme-salon")
    text = json.dumps(state(client))
    assert not [key.value for key in client.built.dataset.keys if key.value in text]
    client.request("DELETE", "/_mock/requests")
    client.get("public/org/acme-salon")
    put(client, json.loads(text))
    assert len(client.request("GET", "/_mock/requests").get_json()["requests"]) == 1


def test_a_state_of_an_unseeded_mock_can_be_imported(start: Callable[..., Any], work: Work) -> None:
    client = start(seed=None)
    work(client)
    exported = state(client)
    assert exported["ids"]["random"] is None
    work(client)
    assert put(client, exported).status_code == 204
    assert state(client) == exported


def test_a_key_of_any_form_that_the_contract_lets_through_comes_back(
    start: Callable[..., Any], wish: Callable[..., Any]
) -> None:
    client = start(reading="idempotency.key_syntax=anything")
    body, headers = wish(client, "haircut", "2025-12-03T15:00:00Z"), {"Idempotency-Key": "schl\xfcssel, mit Raum"}
    made = client.post("public/bookings", json=body, headers=headers)
    assert made.status_code == 201, made.text
    exported = state(client)
    assert put(client, exported).status_code == 204
    assert client.post("public/bookings", json=body, headers=headers).data == made.data

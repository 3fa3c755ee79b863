"""Which webhooks can be registered, what they are told, and how it is signed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.spec.webhooks import Webhooks
from mockserver.domain.instants import parse_instant
from mockserver.domain.webhooks import url_problem
from tests.mockserver.conftest import NOW, Client, shipped
from tests.mockserver.webhooks.conftest import EVENTS, URL, Receiver

Listed = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def client(told: Callable[..., Client], receiver: Receiver) -> Client:
    return told(receiver)


@pytest.fixture
def stated() -> Webhooks:
    stated = shipped().webhooks
    assert stated is not None
    return stated


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://example.com/hook", True),
        ("https://example.com:8443/hook?a=b", True),
        ("http://127.0.0.1:9/", True),
        ("http://localhost:9", True),
        ("http://[::1]:9/x", True),
        ("http://example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://10.0.0.1/", False),
        ("ftp://example.com/", False),
        ("example.com/hook", False),
        ("https://", False),
        ("https://a b/", False),
        ("https://example.com/\n", False),
        ("https://exämple.com/", False),
        ("https://user:word@example.com/", False),
        ("https://example.com/#part", False),
        ("https://example.com:99999/", False),
        ("https://[::1/", False),
        (f"https://example.com/{'x' * 2000}", False),
    ],
)
def test_receivers_are_https_or_on_this_machine(url: str, is_right: bool) -> None:
    assert (url_problem(url, https_only=True, http_on_loopback=True) is None) == is_right


def test_what_the_contract_says_of_schemes_is_followed() -> None:
    local, far = "http://127.0.0.1/", "http://example.com/"
    assert url_problem(local, https_only=True, http_on_loopback=False) == "must be https://HOST/…"
    assert url_problem(far, https_only=False, http_on_loopback=False) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://example.com/"}, "url must be https://HOST/…: http is for receivers on this machine"),
        ({"organization": "nobody"}, "organization must be one of acme-salon"),
        (
            {"events": ["booking.canceled"]},
            "events must be some of booking.created, booking.updated, booking.cancelled",
        ),
        ({"secret": "with a space"}, "secret must have at least 8 characters, ASCII and no spaces"),
        ({"secret": "short"}, "secret"),
        ({"events": []}, "events"),
        ({"url": None}, "url"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused_in_one_sentence(
    client: Client, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post(
        "/_mock/webhooks", json={"organization": "acme-salon", "url": URL, "events": EVENTS, **changes}
    )
    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(sentence)
    assert client.get("/_mock/webhooks").get_json() == {"webhooks": []}


def test_a_secret_is_shown_once(client: Client, registered: Callable[..., dict[str, Any]], stated: Webhooks) -> None:
    made, given = registered(client), registered(client, secret="one-of-mine", events=["booking.created"])
    assert made["secret"].startswith(stated.secret_prefix)
    assert given["secret"] == "one-of-mine"
    listed = client.get("/_mock/webhooks")
    assert made["secret"] not in listed.text
    assert [(one["id"], one["secret_end"]) for one in listed.get_json()["webhooks"]] == [
        (made["id"], made["secret"][-4:]),
        (given["id"], "mine"),
    ]


def test_each_event_is_told_as_the_contract_has_it(
    client: Client,
    receiver: Receiver,
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    stated: Webhooks,
) -> None:
    secret = registered(client)["secret"]
    booking = book(client)
    number, contact = booking["confirmation_number"], {"contact": "sarah@example.com"}
    moved = {"start_at": "2025-12-03T17:00:00Z", "end_at": "2025-12-03T18:00:00Z"}
    assert (
        client.post(f"public/bookings/confirmation/{number}/reschedule", json=moved, query_string=contact).status_code
        == 200
    )
    assert client.post(f"public/bookings/confirmation/{number}/cancel", query_string=contact).status_code == 200
    log = deliveries(client)
    assert [(one["event"], one["state"]) for one in log] == [(event, "delivered") for event in EVENTS]
    for event, one, post in zip(EVENTS, log, receiver.posts, strict=True):
        assert (post.method, post.url) == (stated.method, URL)
        assert post.headers["Content-Type"] == stated.media_type
        headers = {role: post.headers[name] for role, name in stated.headers.items()}
        signed = {role: headers[role] for role in ("timestamp", "delivery_id")}
        assert stated.signature.verifies(headers["signature"], secret, body=post.body, **signed)
        assert headers["timestamp"] == str(parse_instant(NOW))
        told = json.loads(post.body)
        assert list(stated.payloads[event].problems(told)) == []
        assert told == one["payload"]
        assert (told["event"], told["timestamp"]) == (event, NOW)
        assert told["webhookId"] == headers["delivery_id"] == one["id"]
    last = json.loads(receiver.posts[-1].body)["data"]["booking"]
    assert (last["status"], last["startsAt"], last["serviceId"]) == ("canceled", moved["start_at"], "srv_haircut")


def test_what_staff_do_is_told_too_but_nobody_is_told_of_a_confirmation(
    client: Client, registered: Callable[..., dict[str, Any]], book: Callable[..., dict[str, Any]], deliveries: Listed
) -> None:
    registered(client)
    number = book(client)["id"]
    assert client.post(f"/_mock/bookings/{number}/confirm").status_code == 200
    assert client.post(f"/_mock/bookings/{number}/cancel").status_code == 200
    assert [one["event"] for one in deliveries(client, booking=number.upper())] == [EVENTS[0], EVENTS[2]]


def test_a_replay_and_a_refusal_are_told_to_nobody(
    client: Client,
    registered: Callable[..., dict[str, Any]],
    wish: Callable[..., dict[str, Any]],
    deliveries: Listed,
) -> None:
    registered(client)
    body = wish(client, "haircut", "2025-12-03T15:00:00Z")
    statuses = [
        client.post("public/bookings", json=body, headers={"Idempotency-Key": key}).status_code
        for key in ("k1", "k1", "k2")
    ]
    assert statuses == [201, 201, 409]
    assert len(deliveries(client)) == 1


def test_each_webhook_is_told_what_it_wants_to_know_of_its_organization(
    client: Client, registered: Callable[..., dict[str, Any]], book: Callable[..., dict[str, Any]], deliveries: Listed
) -> None:
    all_of_it, created = registered(client), registered(client, events=EVENTS[:1])
    registered(client, organization=list(client.mock.bookings.organizations)[1])
    number = book(client)["id"]
    client.post(f"/_mock/bookings/{number}/cancel")
    told = [(one["webhook"], one["event"]) for one in deliveries(client)]
    assert sorted(told) == sorted(
        [(all_of_it["id"], EVENTS[0]), (created["id"], EVENTS[0]), (all_of_it["id"], EVENTS[2])]
    )
    assert [one["event"] for one in deliveries(client, webhook=created["id"])] == EVENTS[:1]
    assert [one["event"] for one in deliveries(client, event=EVENTS[2])] == EVENTS[2:]


def test_what_is_removed_is_told_nothing_more(
    client: Client,
    receiver: Receiver,
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
) -> None:
    receiver.answer = lambda _: 500
    made = registered(client)
    book(client)
    assert [one["state"] for one in deliveries(client)] == ["pending"]
    assert client.request("DELETE", f"/_mock/webhooks/{made['id']}").status_code == 204
    assert client.request("DELETE", f"/_mock/webhooks/{made['id']}").status_code == 404
    client.advance(9000)
    [given_up] = deliveries(client, state="given up")
    assert len(given_up["attempts"]) == len(receiver.posts) == 1
    assert client.post(f"/_mock/deliveries/{given_up['id']}/resend").status_code == 404
    registered(client)
    assert client.request("DELETE", "/_mock/webhooks").status_code == 204
    assert client.get("/_mock/webhooks").get_json() == {"webhooks": []}


def test_a_question_for_deliveries_that_there_cannot_be_is_refused(client: Client) -> None:
    answer = client.get("/_mock/deliveries?state=lost")
    assert (answer.status_code, answer.get_json()["detail"]) == (
        400,
        "state must be one of pending, delivered, given up",
    )
    assert client.post("/_mock/deliveries/whk_1/resend").status_code == 404


def overlay(folder: Path, *actions: dict[str, Any]) -> Path:
    file = folder / "other.yaml"
    file.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "other", "version": "1"}, "actions": [*actions]}))
    return file


def test_by_a_contract_without_webhooks_nobody_is_told(
    told: Callable[..., Client], receiver: Receiver, book: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    client = told(receiver, overlays=(overlay(tmp_path, {"target": "$.webhooks", "remove": True}),))
    answer = client.post("/_mock/webhooks", json={"organization": "acme-salon", "url": URL, "events": EVENTS})
    assert (answer.status_code, answer.get_json()["detail"]) == (400, "the contract has no webhooks")
    book(client)
    client.advance(60)
    assert receiver.posts == []


def test_by_a_contract_in_which_ids_are_not_kept_each_try_has_its_own(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    tmp_path: Path,
) -> None:
    other = {"target": "$['x-rules']['webhooks.delivery_id_kept']", "update": {"value": False}}
    receiver = Receiver(lambda _: 500)
    client = told(receiver, overlays=(overlay(tmp_path, other),))
    registered(client)
    book(client)
    client.advance(70)
    [one] = deliveries(client)
    ids = [json.loads(post.body)["webhookId"] for post in receiver.posts]
    assert ids == [one["id"], f"{one['id']}_1", f"{one['id']}_2"]
    assert ids == [post.headers["X-Kordless-Webhook-Id"] for post in receiver.posts]

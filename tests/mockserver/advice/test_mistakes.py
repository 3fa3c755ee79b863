"""A client that makes one mistake is advised on that one, once, however often it makes it."""

from typing import Any

import pytest

from mockserver.observing.advice.catalogue import MISTAKES
from tests.mockserver.advice.bad_clients import BAD, Bad, keeps_no_organization
from tests.mockserver.advice.clients import Asking, mock


def test_every_mistake_has_a_client_that_makes_it() -> None:
    assert list(BAD) == [described.id for described in MISTAKES]


@pytest.mark.parametrize(
    ("mistake", "make"),
    [pytest.param(mistake, make, id=make.__name__) for mistake, makers in BAD.items() for make in makers],
)
def test_one_mistake_is_one_finding_with_its_evidence(mistake: str, make: Bad) -> None:
    with mock() as built:
        client = Asking(built)
        make(client)
        (finding,) = client.advice()
        assert (finding["id"], finding["count"]) == (mistake, 1)
        (evidence,) = finding["evidence"]
        journal = {entry.request_id for entry in built.mock.journal.entries()}
        seen = {request["request_id"] for request in evidence["requests"]}
        assert seen <= journal or (mistake.startswith("webhooks.") and all(each.startswith("whk_") for each in seen))
        assert finding["first_seen"] == finding["last_seen"] == evidence["requests"][-1]["arrived"]
        assert client.key not in str(finding)
        assert "example.com" not in str(finding)


@pytest.mark.parametrize("mistake", list(BAD))
def test_a_mistake_made_again_is_counted(mistake: str) -> None:
    with mock() as built:
        client = Asking(built)
        for make in BAD[mistake]:
            make(client)
            client.wait(7200)
            make(client)
            client.wait(7200)
        (finding,) = client.advice()
        assert finding["id"] == mistake
        assert finding["count"] >= 2
        assert len(finding["evidence"]) <= 3


def waits_as_long_as_it_is_told(client: Asking) -> None:
    client.control("faults", match={}, action={"kind": "error", "cause": "rate_limited", "retry_after": 2}, times=5)
    for _ in range(6):
        client.ask("public/org/acme-salon")
        client.wait(2)


def backs_off(client: Asking) -> None:
    client.control("faults", match={}, action={"kind": "error", "status": 503}, times=5)
    for attempt in range(6):
        client.ask("public/org/acme-salon")
        client.wait(0.25 * 2**attempt)


def has_reached_its_longest_wait(client: Asking) -> None:
    client.control("faults", match={}, action={"kind": "error", "status": 503}, times=5)
    for _ in range(6):
        client.ask("public/org/acme-salon")
        client.wait(5)


def corrects_a_body_with_the_same_key(client: Asking) -> None:
    body = client.body(client.free()[0])
    client.book({**body, "timezone": "Nowhere/Never"}, "k1")
    client.book(body, "k1")


def tries_a_taken_slot_again_later(client: Asking) -> None:
    body = client.body(client.free()[0])
    client.book({**body, "contact": {**body["contact"], "name": "Bob"}}, "k1")
    client.book(body, "k2")
    client.book(body, "k3")


def asks_by_node(client: Asking) -> None:
    client.ask("public/org/acme-salon", headers={"Sec-Fetch-Mode": "cors", "User-Agent": "node"})


def looks_after_each_of_its_bookings(client: Asking) -> None:
    platform = Asking(client.built, "platform")
    for number, slot in enumerate(client.free()[::2][:5]):
        client.book(client.body(slot), f"k{number}")
        platform.ask("bookings", headers={"x-organization-id": "abc123"})


def has_bookings_seen_in_a_page(client: Asking) -> None:
    client.ask(
        "public/bookings/confirmation/BOOK_X?contact=a%2Bb@example.com", key=None, headers={"Origin": "https://a.b"}
    )


def asks_for_words_with_spaces(client: Asking) -> None:
    client.ask("public/org/acme-salon?note=a+b&at=10:00+Uhr")


def verifies_what_it_receives(client: Asking) -> None:
    probed = client.control(f"webhooks/{client.receive('verify')}/probe").get_json()
    assert (probed["accepted"], probed["status"], probed["event"]) == (False, 401, "booking.created")


@pytest.mark.parametrize(
    "lawful",
    [
        verifies_what_it_receives,
        waits_as_long_as_it_is_told,
        backs_off,
        has_reached_its_longest_wait,
        corrects_a_body_with_the_same_key,
        tries_a_taken_slot_again_later,
        asks_by_node,
        looks_after_each_of_its_bookings,
        has_bookings_seen_in_a_page,
        asks_for_words_with_spaces,
    ],
    ids=lambda lawful: lawful.__name__,
)
def test_what_looks_like_a_mistake_and_is_none_is_not_told(lawful: Bad) -> None:
    with mock() as built:
        client = Asking(built)
        lawful(client)
        assert client.advice() == []


def test_a_body_without_a_start_that_is_given_anothers_answer_is_no_booking(caplog: pytest.LogCaptureFixture) -> None:
    reading = "errors.422.idempotency_key_reused=first-answer,idempotency.replayed_header=none"
    with mock(reading=reading) as built:
        client = Asking(built)
        body = client.body(client.free()[0])
        assert client.book(body, "k1").data == client.book({"org_slug": body["org_slug"]}, "k1").data
        assert client.advice() == []
    assert caplog.records == []  # no adviser fell over


def test_numbers_are_the_contracts(tmp_path: Any) -> None:
    overlay = tmp_path / "patient.yaml"
    overlay.write_text(
        'overlay: "1.0.0"\ninfo: {title: Others, version: "1"}\n'
        "actions: [{target: \"$['x-rules']['advice.caching'].value\", update: {times: 5}},"
        " {target: \"$['x-rules']['auth.key.rotation_days']\", update: {value: 1}}]\n"
    )
    with mock(overlays=[overlay]) as built:
        client = Asking(built)
        keeps_no_organization(client)
        assert client.advice() == []
        client.wait(86_400)
        client.ask("public/org/acme-salon")
        assert [finding["id"] for finding in client.advice()] == ["credentials.age"]

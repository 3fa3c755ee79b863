"""A client that makes one mistake is advised on that one, once, however often it makes it."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from mockserver.observing.advice.catalogue import MISTAKES
from tests.mockserver.advice.clients import Asking, mock

Bad = Callable[[Asking], None]
numbers = count()


def ignores_retry_after(client: Asking) -> None:
    client.control("faults", match={}, action={"kind": "error", "cause": "rate_limited", "retry_after": 6}, times=1)
    client.ask("public/org/acme-salon")
    client.wait(5)
    client.ask("public/org/acme-salon")


def ignores_it_for_a_booking(client: Asking) -> None:
    slot, key = client.free()[0], f"k{next(numbers)}"
    client.control("faults", match={}, action={"kind": "error", "status": 503, "retry_after": 3}, times=1)
    client.book(client.body(slot), key)
    client.book(client.body(slot), key)


def hammers(client: Asking) -> None:
    fault = client.control("faults", match={}, action={"kind": "error", "status": 503}).get_json()["faults"][0]
    for _ in range(4):
        client.ask("public/org/acme-salon")
        client.wait(1)
    client.control(f"faults/{fault['id']}", "DELETE")


def hammers_at_once(client: Asking) -> None:
    for _ in range(4):
        client.ask("public/org/acme-salon", headers={"Prefer": "fault=response-lost"})


def repeats_without_key(client: Asking) -> None:
    slot = client.free()[0]
    client.book(client.body(slot), Prefer="code=503")
    client.book(client.body(slot))


def clicks_twice(client: Asking) -> None:
    """The slot has one seat, so the second one is refused."""
    slot = client.free()[0]
    client.book(client.body(slot))
    client.book(client.body(slot))


def loses_the_answer_and_books_twice(client: Asking) -> None:
    slot = client.free("styling-class")[0]
    lost = client.book(client.body(slot, "styling-class"), Prefer="fault=response-lost")
    again = client.book(client.body(slot, "styling-class"))
    assert (lost.status_code, again.status_code) == (201, 201)
    with client.built.mock.state.look() as work:
        assert len(work.bookings.all()) >= 2


def makes_a_key_for_each_try(client: Asking) -> None:
    slot = client.free()[0]
    client.book(client.body(slot), f"k{next(numbers)}", Prefer="fault=response-lost")
    client.book(client.body(slot), f"k{next(numbers)}")


def uses_a_key_for_two_bookings(client: Asking) -> None:
    first, second, *_ = client.free()[::2]
    key = f"k{next(numbers)}"
    client.book(client.body(first), key)
    assert client.book(client.body(second), key).status_code == 422


def sends_its_key_from_a_page(client: Asking) -> None:
    client.ask("public/org/acme-salon", headers={"Origin": "https://shop.example.com"})


def sends_its_key_from_a_page_of_the_same_site(client: Asking) -> None:
    client.ask("public/org/acme-salon", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"})


def puts_its_key_into_the_url(client: Asking) -> None:
    client.ask(f"public/org/acme-salon?x-kordless-key={client.key}", key=None)


def puts_its_key_under_another_name(client: Asking) -> None:
    client.ask(f"public/org/acme-salon?access={client.key}", key=None)


def uses_a_production_key(client: Asking) -> None:
    made = {"organization": "acme-salon", "kind": "public", "label": "Shop", "environment": "production"}
    client.ask("public/org/acme-salon", key=client.control("keys", **made).get_json()["key"])


def uses_a_real_key(client: Asking) -> None:
    assert client.ask("public/org/acme-salon", key=f"kord_live_{'a' * 32}").status_code == 401


def keeps_its_key_for_ever(client: Asking) -> None:
    made = {"organization": "acme-salon", "kind": "public", "label": "Shop"}
    key = client.control("keys", **made).get_json()["key"]
    client.wait(90 * 86_400)
    client.ask("public/org/acme-salon", key=key)
    client.wait(1)
    client.ask("public/org/acme-salon", key=key)


def keeps_a_key_of_the_dataset_for_ever(client: Asking) -> None:
    client.ask("public/org/acme-salon")
    client.wait(90 * 86_400 + 1)
    client.ask("public/org/acme-salon")


def polls_a_booking(client: Asking) -> None:
    key = f"k{next(numbers)}"
    number = client.book(client.body(client.free()[0]), key).get_json()["booking"]["confirmation_number"]
    for _ in range(5):
        client.ask(f"public/bookings/confirmation/{number}?contact=ada@example.com", key=None)
        client.wait(60)


def polls_the_list(client: Asking) -> None:
    platform = Asking(client.built, "platform")
    for _ in range(5):
        platform.ask("bookings", headers={"x-organization-id": "abc123"})
        client.wait(10)


def keeps_no_organization(client: Asking) -> None:
    for _ in range(3):
        client.ask("public/org/acme-salon")
        client.wait(60)


def keeps_no_service(client: Asking) -> None:
    for _ in range(3):
        client.ask("public/org/acme-salon/service/haircut")


def does_not_ask_what_is_free(client: Asking) -> None:
    slot = {"startsAt": f"2025-12-0{4 + next(numbers) % 2}T15:00:00Z"}
    slot["endsAt"] = slot["startsAt"].replace("15:", "16:")
    client.book(client.body(slot), f"k{next(numbers)}")


def asks_for_another_day(client: Asking) -> None:
    slot = client.free(day="2025-12-05")[0]
    client.free(day="2025-12-08")
    client.wait(3601)
    client.book(client.body(slot), f"k{next(numbers)}")


def misspells_what_is_needed(client: Asking) -> None:
    body = client.body(client.free()[0])
    body["startsAt"] = body.pop("starts_at")
    assert client.book(body, f"k{next(numbers)}").status_code == 400


def misspells_what_may_lack(client: Asking) -> None:
    client.free(party_size="2")


def sends_an_offset_as_it_is(client: Asking) -> None:
    span = "from=2025-12-03T00:00:00+01:00&to=2025-12-04T00%3A00%3A00Z"
    assert client.ask(f"public/availability?org_slug=acme-salon&service_slug=haircut&{span}").status_code == 400


def sends_a_phone_as_it_is(client: Asking) -> None:
    client.ask("public/bookings/confirmation/BOOK_ABC123XYZ?contact=+15551234567", key=None)


def hangs(client: Asking) -> None:
    client.control(f"webhooks/{client.receive('hang')}", "DELETE")


def answers_500(client: Asking) -> None:
    client.control(f"webhooks/{client.receive('fail')}", "DELETE")


def is_not_there(client: Asking) -> None:
    client.control(f"webhooks/{client.receive('refuse')}", "DELETE")


def believes_everybody(client: Asking) -> None:
    webhook = client.receive("believe")
    assert client.control(f"webhooks/{webhook}/probe").get_json()["accepted"]
    client.control(f"webhooks/{webhook}", "DELETE")


BAD: dict[str, tuple[Bad, ...]] = {
    "retries.too-early": (ignores_retry_after, ignores_it_for_a_booking),
    "retries.no-backoff": (hammers, hammers_at_once),
    "idempotency.no-key": (repeats_without_key, clicks_twice),
    "idempotency.booked-twice": (loses_the_answer_and_books_twice,),
    "idempotency.new-key": (makes_a_key_for_each_try,),
    "idempotency.other-body": (uses_a_key_for_two_bookings,),
    "credentials.browser": (sends_its_key_from_a_page, sends_its_key_from_a_page_of_the_same_site),
    "credentials.query": (puts_its_key_into_the_url, puts_its_key_under_another_name),
    "credentials.production": (uses_a_production_key, uses_a_real_key),
    "credentials.age": (keeps_its_key_for_ever, keeps_a_key_of_the_dataset_for_ever),
    "repeats.polling": (polls_a_booking, polls_the_list),
    "repeats.uncached": (keeps_no_organization, keeps_no_service),
    "availability.not-asked": (does_not_ask_what_is_free, asks_for_another_day),
    "spelling.member": (misspells_what_is_needed, misspells_what_may_lack),
    "spelling.plus": (sends_an_offset_as_it_is, sends_a_phone_as_it_is),
    "webhooks.late": (hangs,),
    "webhooks.failed": (answers_500, is_not_there),
    "webhooks.signature": (believes_everybody,),
}


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

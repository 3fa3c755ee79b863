"""Clients that make one mistake each."""

from collections.abc import Callable
from itertools import count

from tests.mockserver.advice.clients import Asking

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


def guesses_when_slots_begin(client: Asking) -> None:
    slot = {"startsAt": "2025-12-03T15:07:00Z", "endsAt": "2025-12-03T16:07:00Z"}
    assert client.book(client.body(slot), f"k{next(numbers)}").status_code == 409


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
    "availability.not-asked": (does_not_ask_what_is_free, guesses_when_slots_begin, asks_for_another_day),
    "spelling.member": (misspells_what_is_needed, misspells_what_may_lack),
    "spelling.plus": (sends_an_offset_as_it_is, sends_a_phone_as_it_is),
    "webhooks.late": (hangs,),
    "webhooks.failed": (answers_500, is_not_there),
    "webhooks.signature": (believes_everybody,),
}

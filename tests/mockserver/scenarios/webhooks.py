"""What is delivered to endpoints: in which form, of what, and to whom.

Scenarios look at whatever came, so that a mutant that says too little keeps what it does say.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from contracts.delivery import Delivery
from mockserver.mutants.webhooks import DELIVERY_ID, SIGNATURE, TIMESTAMP
from mockserver.ports import SECOND
from tests.mockserver.mutant_server import BEGIN, EVENTS, Endpoint, Server, at, truths

CREATED, UPDATED, CANCELED = EVENTS
EVENING = ("2025-12-03T17:00:00Z", "2025-12-03T18:00:00Z")


def told(server: Server, endpoint: Endpoint) -> list[str]:
    return [one.member("event") for one in server.delivered(endpoint)]


def story(server: Server, endpoint: Endpoint | None = None) -> Sequence[Delivery]:
    """What an endpoint is told of a booking that is made, moved and canceled."""
    endpoint = endpoint or server.endpoint()
    number = server.booked()
    server.reschedule(number, *EVENING)
    server.cancel(number)
    return server.delivered(endpoint)


# --- form


def is_told_at_all(server: Server) -> None:
    assert story(server)


def is_posted(server: Server) -> None:
    assert all(one.method == "POST" for one in story(server))


def is_json(server: Server) -> None:
    assert all(one.header("Content-Type") == "application/json" for one in story(server))


def has_its_contact(server: Server) -> None:
    made = server.wish()["contact"]
    assert all(one.member("data", "booking", "contact") == made for one in story(server))


def is_up_to_date(server: Server) -> None:
    last = [one.member("data", "booking") for one in story(server) if one.member("event") == CANCELED]
    assert {(booking["status"], booking["startsAt"]) for booking in last} <= {("canceled", EVENING[0])}


# --- headers


def has_a_signature(server: Server) -> None:
    assert all(one.header(SIGNATURE) for one in story(server))


def has_its_time(server: Server) -> None:
    assert all(one.header(TIMESTAMP) == str(BEGIN // SECOND) for one in story(server))


def has_an_id_of_its_own(server: Server) -> None:
    ids = [one.header(DELIVERY_ID) for one in story(server)]
    assert len(set(ids)) == len(ids)


def signatures(came: Sequence[Delivery]) -> list[tuple[Delivery, str]]:
    return [(one, signature) for one in came if (signature := one.header(SIGNATURE)) is not None]


def signed(one: Delivery, secret: str) -> str:
    message = f"{one.header(TIMESTAMP)}.".encode() + one.body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed_in_small_letters(server: Server) -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", signature) for _, signature in signatures(story(server)))


def is_signed(server: Server) -> None:
    endpoint = server.endpoint()
    came = signatures(story(server, endpoint))
    assert all(signature.lower() == signed(one, endpoint.secret) for one, signature in came)


def is_signed_for_nobody_else(server: Server) -> None:
    first, second = server.endpoint(), server.endpoint()
    server.booked()
    came = signatures(server.delivered(second))
    assert all(signature.lower() != signed(one, first.secret) for one, signature in came)


# --- events


def is_what_was_chosen(server: Server) -> None:
    endpoints = {event: server.endpoint(event) for event in (CREATED, CANCELED)}
    server.cancel(server.booked())
    assert all(set(told(server, endpoint)) <= {event} for event, endpoint in endpoints.items())


def is_told_of_a_creation(server: Server) -> None:
    endpoint = server.endpoint()
    server.booked()
    assert CREATED in told(server, endpoint)


def is_told_of_a_cancellation(server: Server) -> None:
    number, endpoint = server.booked(), server.endpoint()
    server.cancel(number)
    assert CANCELED in told(server, endpoint)


def is_an_update_of_a_move(server: Server) -> None:
    number, endpoint = server.booked(), server.endpoint()
    server.reschedule(number, *EVENING)
    assert set(told(server, endpoint)) <= {UPDATED}


def is_no_update_of_a_cancellation(server: Server) -> None:
    number, endpoint = server.booked(), server.endpoint()
    server.cancel(number)
    assert UPDATED not in told(server, endpoint)


def is_no_update_of_a_confirmation(server: Server) -> None:
    booking, endpoint = at(server.create(), "booking", "id"), server.endpoint()
    server.control("POST", f"bookings/{booking}/confirm")
    assert UPDATED not in told(server, endpoint)


CASES = truths(
    {
        "webhooks-not-sent": is_told_at_all,
        "webhook-put": is_posted,
        "webhook-as-text": is_json,
        "webhook-without-contact": has_its_contact,
        "webhook-of-another-contact": has_its_contact,
        "webhook-of-the-past": is_up_to_date,
        "webhook-unsigned": has_a_signature,
        "webhook-timestamp-in-milliseconds": has_its_time,
        "webhook-without-timestamp": has_its_time,
        "webhook-ids-alike": has_an_id_of_its_own,
        "webhook-signature-in-capitals": is_signed_in_small_letters,
        "webhook-signature-of-body": is_signed,
        "webhook-signed-for-another": is_signed_for_nobody_else,
        "webhook-events-not-chosen": is_what_was_chosen,
        "webhook-creation-untold": is_told_of_a_creation,
        "webhook-cancellation-untold": is_told_of_a_cancellation,
        "webhook-move-told-as-creation": is_an_update_of_a_move,
        "webhook-update-on-cancellation": is_no_update_of_a_cancellation,
        "webhook-update-on-confirmation": is_no_update_of_a_confirmation,
    }
)
IMPLIED = {
    "webhooks-not-sent": {"webhooks.events"},
    "webhook-timestamp-in-milliseconds": {"webhooks.signature"},  # which signs the timestamp as it was sent
    "webhook-without-timestamp": {"webhooks.signature"},
}

"""Webhooks that are told otherwise than the contract says: in form, of other things, to others, and when they fail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from mockserver.application.bookings import BookingService
from mockserver.application.dispatcher import Dispatcher
from mockserver.application.webhooks import Happening, Terms, Webhooks
from mockserver.domain.bookings import Booking
from mockserver.domain.services import Service
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.mutants.amended import amended, removed, ruled, updated
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.ports import Answer, Post, Sender, Work

Payload = dict[str, Any]
SIGNATURE, TIMESTAMP, DELIVERY_ID = "X-Kordless-Signature", "X-Kordless-Timestamp", "X-Kordless-Webhook-Id"


class _Altering:
    """Sends what is made of what it was to send; None is not sent at all."""

    def __init__(self, sender: Sender, alter: Callable[[Post], Post]) -> None:
        self._sender = sender
        self._alter = alter

    def send(self, post: Post, seconds: float) -> Answer:
        return self._sender.send(self._alter(post), seconds)


def sent(alter: Callable[[Post], Post]) -> Apply:
    return lambda parts: replace(parts, sender=lambda: _Altering(parts.sender(), alter))


def headed(name: str, change: Callable[[str], str | None]) -> Apply:
    """One header has another value, or is left out."""

    def alter(post: Post) -> Post:
        changed: Mapping[str, str | None] = {**post.headers, name: change(post.headers[name])}
        return post._replace(headers={name: value for name, value in changed.items() if value is not None})

    return sent(alter)


def told(change: Callable[[Payload], None]) -> Apply:
    """Payloads that are changed before they are signed."""

    class Telling(Webhooks):
        def _put(
            self, work: Work, webhook: Webhook, event: str, booking: Booking, service: Service, terms: Terms
        ) -> None:
            super()._put(work, webhook, event, booking, service, replace(terms, payload=changed(terms.payload)))

    def changed(payload: Callable[..., bytes]) -> Callable[..., bytes]:
        def make(*told: Any) -> bytes:
            made = orjson.loads(payload(*told))
            change(made)
            return orjson.dumps(made)

        return make

    return lambda parts: replace(parts, webhooks=Telling)


def happening(heard: Callable[[Happening], tuple[Happening, ...]]) -> Apply:
    """Other things are told of than what happened."""

    class Hearing(Webhooks):
        def announce(self, work: Work, what: Happening, booking: Booking, service: Service) -> None:
            for other in heard(what):
                super().announce(work, other, booking, service)

    return lambda parts: replace(parts, webhooks=Hearing)


class TellsWhatItWas(Webhooks):
    """A booking is told of as it was when it was made."""

    def announce(self, work: Work, what: Happening, booking: Booking, service: Service) -> None:
        known: dict[str, Booking] = self.__dict__.setdefault("_first", {})
        super().announce(work, what, known.setdefault(booking.id, booking), service)


class TellsOfEverything(Webhooks):
    def announce(self, work: Work, what: Happening, booking: Booking, service: Service) -> None:
        super().announce(work, what, booking, service)
        if self._terms is None:
            return
        event = self._terms.events[what]
        for webhook in self._state.webhooks.values():
            if webhook.organization == booking.organization and event not in webhook.events:
                self._put(work, webhook, event, booking, service, self._terms)


class TellsOutOfOrder(Webhooks):
    """Nothing waits for what was to be told before it."""

    def _put(self, work: Work, webhook: Webhook, event: str, booking: Booking, service: Service, terms: Terms) -> None:
        super()._put(work, webhook, event, replace(booking, id=f"{booking.id}{event}"), service, _of(booking, terms))


def _of(booking: Booking, terms: Terms) -> Terms:
    def payload(event: str, delivery_id: str, _: Booking, service: Service, happened: int) -> bytes:
        return terms.payload(event, delivery_id, booking, service, happened)

    return replace(terms, payload=payload)


class TellsOfConfirmation(BookingService):
    def confirm_booking(self, booking_id: str) -> Booking:
        with self._state.work() as work:
            confirmed = super().confirm_booking(booking_id)
            _, service = self.offer_of(confirmed)
            self._webhooks.announce(work, "rescheduled", confirmed, service)
        return confirmed


class SignsForTheFirst(Dispatcher):
    """With the secret of whichever webhook was registered first."""

    def _try(self, webhook: Webhook, delivery: Delivery, at: int, terms: Terms) -> Attempt:
        first = next(iter(self._state.webhooks.values()), webhook)
        return super()._try(replace(webhook, secret=first.secret), delivery, at, terms)


class ForgetsWhatItGivesUp(Dispatcher):
    def _record(self, delivery: Delivery, attempt: Attempt, terms: Terms) -> None:
        super()._record(delivery, attempt, terms)
        with self._state.work() as work:
            known = work.deliveries.get(delivery.id)
            if known is not None and known.status == "given up":
                work.deliveries.forget(0)


def _without_contact(payload: Payload) -> None:
    del payload["data"]["booking"]["contact"]


def _of_a_stranger(payload: Payload) -> None:
    payload["data"]["booking"]["contact"]["name"] = "Somebody Else"


def rescheduled_at(*seconds: int) -> Apply:
    """Other times of retries."""
    stated = "$['x-rules']['webhooks.retries']"
    return amended(removed(f"{stated}.value"), updated(stated, value=list(seconds)))


def succeeding(*statuses: int) -> Apply:
    """Other statuses of a receiver that has taken a delivery."""
    return ruled("webhooks.success", list(statuses))


MUTANTS = (
    Mutant(
        "webhooks-not-sent",
        "webhooks.delivery",
        "Endpoints can be registered, and are told of nothing.",
        happening(lambda _: ()),
    ),
    Mutant(
        "webhook-put",
        "webhooks.delivery",
        "Deliveries are sent with PUT.",
        sent(lambda post: post._replace(method="PUT")),
    ),
    Mutant(
        "webhook-as-text",
        "webhooks.delivery",
        "Deliveries say that they are plain text.",
        headed("Content-Type", lambda _: "text/plain"),
    ),
    Mutant(
        "webhook-without-contact",
        "webhooks.payload",
        "Deliveries leave out who booked.",
        told(_without_contact),
    ),
    Mutant(
        "webhook-of-another-contact",
        "webhooks.payload",
        "Deliveries name somebody else than who booked.",
        told(_of_a_stranger),
    ),
    Mutant(
        "webhook-of-the-past",
        "webhooks.payload",
        "Deliveries tell of a booking as it was when it was made.",
        lambda parts: replace(parts, webhooks=TellsWhatItWas),
    ),
    Mutant(
        "webhook-unsigned",
        "webhooks.header.signature",
        "Deliveries have no signature.",
        headed(SIGNATURE, lambda _: None),
    ),
    Mutant(
        "webhook-timestamp-in-milliseconds",
        "webhooks.header.timestamp",
        "The timestamp of a delivery is in milliseconds.",
        headed(TIMESTAMP, lambda seconds: f"{seconds}000"),
    ),
    Mutant(
        "webhook-without-timestamp",
        "webhooks.header.timestamp",
        "Deliveries do not say when they were sent.",
        headed(TIMESTAMP, lambda _: None),
    ),
    Mutant(
        "webhook-ids-alike",
        "webhooks.header.delivery_id",
        "All deliveries have one id.",
        headed(DELIVERY_ID, lambda _: "whk_1"),
    ),
    Mutant(
        "webhook-signature-in-capitals",
        "webhooks.signature_form",
        "The signature is written in upper-case hex.",
        headed(SIGNATURE, str.upper),
    ),
    Mutant(
        "webhook-signature-of-body",
        "webhooks.signature",
        "The signature is that of the body alone, without the timestamp.",
        ruled("webhooks.signature", "hex(hmac-sha256(secret, body))"),
    ),
    Mutant(
        "webhook-signed-for-another",
        "webhooks.chosen_for_each",
        "Deliveries are signed with the secret of the endpoint that was registered first.",
        lambda parts: replace(parts, dispatcher=SignsForTheFirst),
    ),
    Mutant(
        "webhook-events-not-chosen",
        "webhooks.chosen_for_each",
        "Endpoints are told of events that were not chosen for them, too.",
        lambda parts: replace(parts, webhooks=TellsOfEverything),
    ),
    Mutant(
        "webhook-creation-untold",
        "webhooks.events",
        "No endpoint is told that a booking was made.",
        happening(lambda what: () if what == "created" else (what,)),
    ),
    Mutant(
        "webhook-cancellation-untold",
        "webhooks.events",
        "No endpoint is told that a booking was canceled.",
        happening(lambda what: () if what == "canceled" else (what,)),
    ),
    Mutant(
        "webhook-move-told-as-creation",
        "webhooks.updated_means",
        "That a booking was moved is told as if it had been made.",
        happening(lambda what: ("created",) if what == "rescheduled" else (what,)),
    ),
    Mutant(
        "webhook-update-on-cancellation",
        "webhooks.updated_means",
        "That a booking was canceled is told as an update, too.",
        happening(lambda what: ("rescheduled", what) if what == "canceled" else (what,)),
    ),
    Mutant(
        "webhook-update-on-confirmation",
        "webhooks.updated_means",
        "That a booking was confirmed is told as an update.",
        lambda parts: replace(parts, bookings=TellsOfConfirmation),
    ),
    Mutant(
        "webhook-http-anywhere",
        "webhooks.https_only",
        "Endpoints beyond the machine may be of http.",
        ruled("webhooks.https_only", False),
    ),
    Mutant(
        "webhook-http-refused-on-loopback",
        "webhooks.http_on_loopback",
        "Endpoints of http are refused, on the machine itself too.",
        ruled("webhooks.http_on_loopback", False),
    ),
    Mutant(
        "webhook-secret-prefix",
        "webhooks.secret_prefix",
        "Secrets begin with `secret_`.",
        ruled("webhooks.secret_prefix", "secret_"),
    ),
    Mutant(
        "webhook-never-retried",
        "webhooks.failed_are_retried",
        "What failed is given up at once.",
        ruled("webhooks.failed_are_retried", False),
    ),
    Mutant(
        "webhook-redirect-taken",
        "webhooks.success",
        "A receiver that answers with a redirect counts as one that has taken the delivery.",
        succeeding(*range(200, 400)),
    ),
    Mutant(
        "webhook-no-content-retried",
        "webhooks.success",
        "A receiver that answers 204 is sent the delivery again.",
        succeeding(200),
    ),
    Mutant(
        "webhook-retried-early",
        "webhooks.retries",
        "The first retry comes after 2 seconds.",
        rescheduled_at(2, 60, 300, 1800, 7200),
    ),
    Mutant(
        "webhook-retried-late",
        "webhooks.retries",
        "The second retry comes after 2 minutes.",
        rescheduled_at(10, 120, 300, 1800, 7200),
    ),
    Mutant(
        "webhook-retried-once-more",
        "webhooks.retries",
        "There is a sixth retry.",
        rescheduled_at(10, 60, 300, 1800, 7200, 7200),
    ),
    Mutant(
        "webhook-id-not-kept",
        "webhooks.delivery_id_kept",
        "A delivery that is tried again has another id.",
        ruled("webhooks.delivery_id_kept", False),
    ),
    Mutant(
        "webhook-out-of-order",
        "webhooks.order",
        "What happened to a booking is told of at once, whether or not what came before was taken.",
        lambda parts: replace(parts, webhooks=TellsOutOfOrder),
    ),
    Mutant(
        "webhook-given-up-forgotten",
        "webhooks.given_up",
        "A delivery that was given up is forgotten.",
        lambda parts: replace(parts, dispatcher=ForgetsWhatItGivesUp),
    ),
)

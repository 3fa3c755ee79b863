"""Webhooks that are told otherwise than the contract says: in form, of other things, and to others."""

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
from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.ports import Answer, Post, Sender, Work

Payload = dict[str, Any]
SIGNATURE, TIMESTAMP, DELIVERY_ID = "X-Kordless-Signature", "X-Kordless-Timestamp", "X-Kordless-Webhook-Id"


class _Altering:
    """Sends what is made of what it was to send."""

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
            super()._put(work, webhook, event, booking, service, terms._replace(payload=changed(terms.payload)))

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


def _without_contact(payload: Payload) -> None:
    del payload["data"]["booking"]["contact"]


def _of_a_stranger(payload: Payload) -> None:
    payload["data"]["booking"]["contact"]["name"] = "Somebody Else"


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
)

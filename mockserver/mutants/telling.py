"""What the mutants of webhooks replace: who is told of what, in which form, and what becomes of a delivery."""

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
from mockserver.mutants.mutant import Apply
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


def without_contact(payload: Payload) -> None:
    del payload["data"]["booking"]["contact"]


def of_a_stranger(payload: Payload) -> None:
    payload["data"]["booking"]["contact"]["name"] = "Somebody Else"


def rescheduled_at(*seconds: int) -> Apply:
    """Other times of retries."""
    stated = "$['x-rules']['webhooks.retries']"
    return amended(removed(f"{stated}.value"), updated(stated, value=list(seconds)))


def succeeding(*statuses: int) -> Apply:
    """Other statuses of a receiver that has taken a delivery."""
    return ruled("webhooks.success", list(statuses))

"""Webhooks at endpoints that may not be, tried again otherwise than the contract says, out of order, forgotten."""

from dataclasses import replace

from mockserver.application.dispatcher import Dispatcher
from mockserver.application.webhooks import Terms, Webhooks
from mockserver.domain.bookings import Booking
from mockserver.domain.services import Service
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.mutants.amended import amended, removed, ruled, updated
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.ports import Work


class TellsOutOfOrder(Webhooks):
    """Nothing waits for what was to be told before it."""

    def _put(self, work: Work, webhook: Webhook, event: str, booking: Booking, service: Service, terms: Terms) -> None:
        super()._put(work, webhook, event, booking._replace(id=f"{booking.id}{event}"), service, _of(booking, terms))


def _of(booking: Booking, terms: Terms) -> Terms:
    def payload(event: str, delivery_id: str, _: Booking, service: Service, happened: int) -> bytes:
        return terms.payload(event, delivery_id, booking, service, happened)

    return terms._replace(payload=payload)


class ForgetsWhatItGivesUp(Dispatcher):
    def _record(self, delivery: Delivery, attempt: Attempt, terms: Terms) -> None:
        super()._record(delivery, attempt, terms)
        with self._state.work() as work:
            known = work.deliveries.get(delivery.id)
            if known is not None and known.status == "given up":
                work.deliveries.forget(0)


def rescheduled_at(*seconds: int) -> Apply:
    """Other times of retries."""
    stated = "$['x-rules']['webhooks.retries']"
    return amended(removed(f"{stated}.value"), updated(stated, value=list(seconds)))


def succeeding(*statuses: int) -> Apply:
    """Other statuses of a receiver that has taken a delivery."""
    return ruled("webhooks.success", list(statuses))


MUTANTS = (
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

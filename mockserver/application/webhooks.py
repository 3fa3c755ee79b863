"""What webhooks are told: an event of a booking goes into the outbox in the unit of work that makes it happen."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from mockserver.domain.bookings import Booking
from mockserver.domain.services import Service
from mockserver.domain.webhooks import SHORTEST_SECRET, Delivery, Webhook, url_problem
from mockserver.ports import SECOND, Clock, State, Work

Happening = Literal["created", "rescheduled", "canceled"]


class Terms(NamedTuple):
    """What the contract says of webhooks.

    `events` are their names by what happened; `retries` nanoseconds from a failed try to the next; `seconds` the time
    that a receiver has; `success` the statuses of one that has taken a delivery. `payload` makes the body of an event
    with the delivery's id, `headers` what it is sent with: secret, time in Unix seconds, id and body are given.
    """

    events: Mapping[Happening, str]
    method: str
    retries: tuple[int, ...]
    seconds: float
    success: Collection[int]
    id_kept: bool
    https_only: bool
    http_on_loopback: bool
    payload: Callable[[str, str, Booking, Service, int], bytes]
    headers: Callable[[str, int, str, bytes], Mapping[str, str]]


class WebhookRules:
    """Which webhooks can be registered; `organizations` by slug. Without `terms` none can."""

    def __init__(self, terms: Terms | None, organizations: Collection[str]) -> None:
        self._terms = terms
        self._organizations = organizations

    @property
    def events(self) -> list[str]:
        return [] if self._terms is None else list(self._terms.events.values())

    def require(self, webhook: Webhook) -> Webhook:
        """Raises ValueError, a sentence that begins with the member."""
        terms = self._terms
        if terms is None:
            raise ValueError("the contract has no webhooks")
        if webhook.organization not in self._organizations:
            raise ValueError(f"organization must be one of {', '.join(self._organizations)}")
        problem = url_problem(webhook.url, https_only=terms.https_only, http_on_loopback=terms.http_on_loopback)
        if problem is not None:
            raise ValueError(f"url {problem}")
        if not webhook.events or not set(self.events).issuperset(webhook.events):
            raise ValueError(f"events must be some of {', '.join(self.events)}")
        if len(webhook.secret) < SHORTEST_SECRET or not all("!" <= character <= "~" for character in webhook.secret):
            raise ValueError(f"secret must have at least {SHORTEST_SECRET} characters, ASCII and no spaces")
        return webhook

    def from_values(self, values: Mapping[str, Any]) -> Webhook:
        """Of values in their shape. Raises ValueError, too."""
        return self.require(Webhook(**{**values, "events": tuple(values["events"])}))


class Webhooks:
    """`announced` is called when deliveries have come into the outbox."""

    def __init__(self, state: State, clock: Clock, terms: Terms | None, announced: Callable[[], None]) -> None:
        self._state = state
        self._clock = clock
        self._terms = terms
        self._announced = announced
        self._sorted: tuple[Mapping[str, Webhook], Mapping[tuple[str, str], Sequence[Webhook]]] = ({}, {})

    def announce(self, work: Work, what: Happening, booking: Booking, service: Service) -> None:
        """In the unit of work that saves the booking; costs nothing where nobody wants to be told."""
        webhooks = self._state.webhooks
        if not webhooks or self._terms is None:
            return
        event = self._terms.events[what]
        wanted = self._by_wish(webhooks).get((booking.organization, event), ())
        for webhook in wanted:
            self._put(work, webhook, event, booking, service, self._terms)
        if wanted:
            work.then(self._announced)

    def _by_wish(self, webhooks: Mapping[str, Webhook]) -> Mapping[tuple[str, str], Sequence[Webhook]]:
        """By organization and event. Sorted out whenever they have changed: the state has them as one value."""
        of, by_wish = self._sorted
        if of is not webhooks:
            found: defaultdict[tuple[str, str], list[Webhook]] = defaultdict(list)
            for webhook in webhooks.values():
                for event in webhook.events:
                    found[webhook.organization, event].append(webhook)
            self._sorted = webhooks, by_wish = webhooks, found
        return by_wish

    def _put(self, work: Work, webhook: Webhook, event: str, booking: Booking, service: Service, terms: Terms) -> None:
        delivery_id, now = work.ids.delivery_id(), self._clock.now()
        delivery = Delivery(
            id=delivery_id,
            webhook=webhook.id,
            booking=booking.id,
            event=event,
            sequence=booking.sequence,
            payload=terms.payload(event, delivery_id, booking, service, now // SECOND),
            created_at=now,
            due=now,
        )
        work.deliveries.save(delivery)

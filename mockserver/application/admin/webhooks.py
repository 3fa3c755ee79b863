"""What whoever runs a mock can do with webhooks and deliveries."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from mockserver.application.refusals import TooEarlyError, TooManyError, UnknownError
from mockserver.application.world import World
from mockserver.domain.webhooks import Delivery, Webhook
from mockserver.observing.advice.receivers import Told
from mockserver.ports import SECOND, Work

MOST_WEBHOOKS = 100


class Wanted(NamedTuple):
    """A webhook that is to be registered; without a secret, one is made."""

    organization: str
    url: str
    events: Sequence[str]
    secret: str | None


class Sought(NamedTuple):
    """Which deliveries; None: any. `booking` is an id or a confirmation number, `webhook` the id of one."""

    booking: str | None = None
    event: str | None = None
    webhook: str | None = None
    status: str | None = None

    def fits(self, delivery: Delivery) -> bool:
        return (
            (self.booking is None or self.booking.lower() == delivery.booking)
            and self.event in (None, delivery.event)
            and self.webhook in (None, delivery.webhook)
            and self.status in (None, delivery.status)
        )


class WebhookAdmin:
    def __init__(self, world: World) -> None:
        self._world = world

    def all(self) -> Sequence[Webhook]:
        return list(self._world.state.webhooks.values())

    @property
    def events(self) -> Sequence[str]:
        """What a webhook may be told of; nothing where the contract has no webhooks."""
        return self._world.webhook_rules.events

    def register(self, wanted: Wanted) -> Webhook:
        """Raises ValueError, a sentence that begins with the member; TooManyError."""
        with self._world.state.work(alone=True) as work:
            webhook = Webhook(
                id=work.ids.webhook_id(),
                organization=wanted.organization,
                url=wanted.url,
                events=tuple(wanted.events),
                secret=wanted.secret or work.ids.webhook_secret(),
                created_at=self._world.clock.now() // SECOND,
            )
            self._world.webhook_rules.require(webhook)
            if len(self._world.state.webhooks) >= MOST_WEBHOOKS:
                raise TooManyError(f"there are {MOST_WEBHOOKS} webhooks, and no more may be: DELETE one of them")
            work.webhooks.save(webhook)
        return webhook

    def probe(self, webhook_id: str) -> Told:
        """Send it what it was last sent, under another id and with a wrong signature, which it should refuse.

        Raises UnknownError; TooEarlyError.
        """
        webhook = self._world.state.webhooks.get(webhook_id)
        if webhook is None:
            raise UnknownError(f"there is no webhook {webhook_id}; all of them stand in GET /_mock/webhooks")
        last = self.deliveries(Sought(webhook=webhook_id), 1)
        if not last:
            raise TooEarlyError(f"nothing was ever sent to {webhook_id}: make a booking of its organization first")
        with self._world.state.work() as work:
            delivery_id = work.ids.delivery_id()
        return self._world.dispatcher.probe(webhook, last[0], delivery_id)

    def remove(self, webhook_id: str) -> None:
        """Raises UnknownError."""
        with self._world.state.work(alone=True) as work:
            if webhook_id not in self._world.state.webhooks:
                raise UnknownError(f"there is no webhook {webhook_id}; all of them stand in GET /_mock/webhooks")
            self._give_up(work, [webhook_id])
            work.webhooks.delete(webhook_id)

    def clear(self) -> None:
        with self._world.state.work(alone=True) as work:
            self._give_up(work, self._world.state.webhooks)
            work.webhooks.restart(())

    def _give_up(self, work: Work, webhooks: Collection[str]) -> None:
        """What is on its way to them will never get there."""
        for delivery in work.deliveries.all():
            if delivery.webhook in webhooks and delivery.due is not None:
                work.deliveries.save(delivery.give_up())

    def deliveries(self, sought: Sought, limit: int | None) -> Sequence[Delivery]:
        """Newest first, so many at the most."""
        with self._world.state.look() as work:
            found = [delivery for delivery in reversed(work.deliveries.all()) if sought.fits(delivery)]
        return found[:limit]

    def resend(self, delivery_id: str) -> Delivery:
        """With its id and all its retries; what became of the first try, which this waits for.

        It stays pending while earlier deliveries of its booking are. Raises UnknownError.
        """
        now = self._world.clock.now()
        with self._world.state.work() as work:
            delivery = work.deliveries.get(delivery_id)
            if delivery is None:
                raise UnknownError(f"there is no delivery {delivery_id}; the last ones stand in GET /_mock/deliveries")
            if delivery.webhook not in self._world.state.webhooks:
                raise UnknownError(f"the webhook {delivery.webhook} of this delivery has been removed")
            again = delivery.again(now)
            work.deliveries.save(again)
        self._world.dispatcher.fulfil(now)
        with self._world.state.look() as work:
            return work.deliveries.get(delivery_id) or again

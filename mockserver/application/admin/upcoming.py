"""What falls due next, as a person reads it: the agenda itself knows when, and carries it out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mockserver.application.world import World
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Delivery
from mockserver.limits.limiter import Usage
from mockserver.ports import SECOND


class Due(NamedTuple):
    """`moment` in nanoseconds."""

    moment: int
    what: str


def upcoming(world: World, most: int) -> list[Due]:
    """The first so many, in order."""
    now = world.clock.now()
    with world.state.look() as work:  # in the order in which a unit takes things up
        usages = world.limiter.usages(world.policies.values(), now)
        deliveries, forgotten, keys = work.deliveries.all(), world.idempotency.next_due(), work.keys.all()
    labels = {key.id: f"the key “{key.label}”" for key in keys}
    labels |= {each.id: each.name for each in world.bookings.organizations.values()}
    found = [*_limits(usages, labels), *_deliveries(deliveries), *_replays(forgotten), *_keys(keys)]
    return sorted(due for due in found if due.moment > now)[:most]


def _limits(usages: Iterable[tuple[str, Usage]], labels: Mapping[str, str]) -> Iterator[Due]:
    for subject, usage in usages:
        if usage.remaining < usage.policy.limit:
            whose = labels.get(subject, subject)
            yield Due(usage.reset, f"{usage.policy.name} of {whose} is all there again")


def _keys(keys: Iterable[ApiKey]) -> Iterator[Due]:
    for key in keys:
        if key.expires_at is not None and not key.revoked:
            yield Due(key.expires_at * SECOND, f"the key “{key.label}” expires")


def _deliveries(deliveries: Iterable[Delivery]) -> Iterator[Due]:
    for delivery in deliveries:
        if delivery.due is not None:
            tries = len(delivery.attempts)
            again = "" if tries == 0 else f", after {tries} {'try' if tries == 1 else 'tries'}"
            yield Due(delivery.due, f"{delivery.event} of {delivery.booking} is sent to {delivery.webhook}{again}")


def _replays(moment: int | None) -> Iterator[Due]:
    if moment is not None:
        yield Due(moment, "the oldest idempotency key is forgotten")

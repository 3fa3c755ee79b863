"""One booking, asked for by several clients at once under one idempotency key: there must be one booking."""

from loadtests.api.steps import Flow
from loadtests.scenarios.visitor import Visitor

TOGETHER = 5


def idempotency_storm(visitor: Visitor) -> Flow:
    """Clients that come together are one client that retries: same key, same body. The one that made the booking
    retries once more when it has been answered, and cancels later.
    """
    slots = visitor.shared.offer.slots
    client = visitor.number // TOGETHER
    visitor.key = visitor.shared.keys[client % len(visitor.shared.keys)]  # idempotency keys count for one API key
    slot = slots[client % len(slots)]
    if (yield from visitor.book(slot, client)) and visitor.made_it:
        yield from visitor.book(slot, client)
        yield from visitor.cancel()

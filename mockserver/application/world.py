"""One mock with all its state: what the control API looks at and moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.adapters.clock import MockClock
from mockserver.application.bookings import BookingService
from mockserver.application.idempotency import Idempotency
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.observing.journal import Journal
from mockserver.ports import Contents, Ids, Store


@dataclass(frozen=True, slots=True)
class World:
    """`initial` is the dataset's state; `document` is the contract in force."""

    seed: int | None
    contract_version: str
    document: Mapping[str, Any] = field(repr=False)
    clock: MockClock
    ids: Ids
    store: Store
    limiter: Limiter
    idempotency: Idempotency
    policies: Mapping[str, Policy]
    journal: Journal
    bookings: BookingService
    initial: Contents = field(repr=False)

    def forget_expired(self) -> None:
        """Drop the counters and idempotency keys whose time is over. A moved clock calls for it."""
        now = self.clock.now()
        self.limiter.forget(self.policies.values(), now)
        self.idempotency.forget(now)

    def reset(self) -> None:
        """Back to the dataset. The clock is not moved: it never goes back by itself."""
        self.ids.restart()
        self.store.restart(self.initial)
        self.limiter.clear()
        self.journal.clear()

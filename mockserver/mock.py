"""One mock with all its state: what the control API looks at and moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.clock import MockClock
from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey
from mockserver.journal import Journal
from mockserver.limits import Limiter, Policy
from mockserver.ports import Ids, Store
from mockserver.service import Calendar


@dataclass(frozen=True, slots=True)
class Mock:
    """`initial_keys` and `initial_bookings` are the dataset's; `document` is the contract in force."""

    seed: int | None
    contract_version: str
    document: Mapping[str, Any] = field(repr=False)
    clock: MockClock
    ids: Ids
    store: Store
    limiter: Limiter
    policies: Mapping[str, Policy]
    journal: Journal
    calendar: Calendar
    initial_keys: Sequence[ApiKey] = field(repr=False)
    initial_bookings: Sequence[Booking] = field(repr=False)

    def reset(self) -> None:
        """Back to the dataset. The clock is not moved: it never goes back by itself."""
        self.ids.restart()
        self.store.restart(self.initial_keys, self.initial_bookings)
        self.limiter.clear()
        self.journal.clear()

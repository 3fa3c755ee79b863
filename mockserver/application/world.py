"""One world: a dataset and all that has become of it, under one base URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.application.bookings import BookingService
from mockserver.application.fault_rules import Nameable
from mockserver.application.idempotency import Idempotency
from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.observing.journal import Journal
from mockserver.ports import Agenda, MovableClock, StandingFault, State


@dataclass(frozen=True, slots=True)
class World:
    """`first_keys` and `first_bookings` are the dataset's, `first_faults` those that the mock was started with.

    `document` is the contract in force; `nameable` what faults may name.
    """

    seed: int | None
    contract_version: str
    document: Mapping[str, Any] = field(repr=False)
    state: State
    clock: MovableClock
    agenda: Agenda
    limiter: Limiter
    idempotency: Idempotency
    policies: Mapping[str, Policy]
    journal: Journal
    bookings: BookingService
    first_keys: Sequence[ApiKey] = field(repr=False)
    first_bookings: Sequence[Booking] = field(repr=False)
    first_faults: Sequence[StandingFault]
    nameable: Nameable = field(repr=False)

    def reset(self) -> None:
        """Back to the dataset, in one step. The clock is not moved: it never goes back by itself."""
        with self.state.work() as work:
            work.bookings.restart(self.first_bookings)
            self.limiter.clear()
            work.ids.restart()
            work.replays.restart(())
            work.keys.restart(self.first_keys, {})
            work.faults.restart(self.first_faults)
            self.journal.clear()

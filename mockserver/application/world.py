"""One world: a dataset and all that has become of it, under one base URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mockserver.application.bookings import BookingService
from mockserver.application.dispatcher import Dispatcher
from mockserver.application.fault_rules import Nameable
from mockserver.application.idempotency import Idempotency
from mockserver.application.webhooks import WebhookRules
from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Webhook
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.observing.advice.advice import Advice
from mockserver.observing.journal import Journal
from mockserver.ports import Agenda, MovableClock, Origin, StandingFault, State


class OtherOriginError(ValueError):
    """The state was begun from another dataset: one sentence."""


class Beginning(NamedTuple):
    """What a state that is new begins with; `now` in nanoseconds, None for real time."""

    origin: Origin
    now: int | None
    frozen: bool
    limits: bool
    algorithm: str


@dataclass(frozen=True, slots=True)
class World:
    """`first_keys`, `first_bookings` and `first_webhooks` are the dataset's, `first_faults` those that the mock was
    started with.

    `key_values` are those of the first keys, by id: what was sent with one can be sent again without asking for it.
    `document` is the contract in force; `nameable` what faults may name; `webhook_rules` say what a webhook may be.
    """

    seed: int | None
    contract_version: str
    reading: Mapping[str, Any]
    document: Mapping[str, Any] = field(repr=False)
    state: State
    clock: MovableClock
    agenda: Agenda
    limiter: Limiter
    idempotency: Idempotency
    policies: Mapping[str, Policy]
    journal: Journal
    advice: Advice
    bookings: BookingService
    first_keys: Sequence[ApiKey] = field(repr=False)
    first_bookings: Sequence[Booking] = field(repr=False)
    key_values: Mapping[str, str] = field(repr=False)
    first_faults: Sequence[StandingFault]
    nameable: Nameable = field(repr=False)
    dispatcher: Dispatcher
    first_webhooks: Sequence[Webhook] = field(repr=False)
    webhook_rules: WebhookRules = field(repr=False)

    def begin(self, beginning: Beginning, *, anew: bool) -> Origin | None:
        """Begin, unless the state has begun already: then it goes on as it was left, and that is its origin.

        Raises OtherOriginError.
        """
        with self.state.work(alone=True) as work:
            known = work.origin.get()
            if known is not None and not anew:
                _require_same(known, beginning.origin)
                return known
            work.origin.set(beginning.origin)
            work.bookings.restart(())  # which come before the clock
            self.clock.restore(beginning.now, frozen=beginning.frozen)
            self.limiter.begin(beginning.algorithm, enabled=beginning.limits)
            self.reset()
        return None

    def reset(self) -> None:
        """Back to the dataset, in one step. The clock is not moved: it never goes back by itself."""
        with self.state.work(alone=True) as work:
            work.bookings.restart(self.first_bookings)
            self.limiter.clear()
            work.ids.restart()
            work.deliveries.restart(())
            work.replays.restart(())
            work.keys.restart(self.first_keys, {})
            work.faults.restart(self.first_faults)
            work.webhooks.restart(self.first_webhooks)
            self.journal.clear()
        self.advice.reset()  # not within: who judges may have to wait for the state

    def close(self) -> None:
        """Nothing is asked of it afterwards."""
        self.advice.judge()  # which may still ask of the state
        self.dispatcher.close()
        self.state.close()


def _require_same(known: Origin, wanted: Origin) -> None:
    """Raises OtherOriginError."""
    if known.dataset != wanted.dataset:
        raise OtherOriginError(
            f"the state was begun from the dataset {known.dataset}, not from {wanted.dataset}: "
            "start with --data of that name, or begin anew with --reset"
        )
    if known.content != wanted.content:
        raise OtherOriginError(
            f"the dataset {known.dataset} has changed since the state was begun from it: begin anew with --reset"
        )

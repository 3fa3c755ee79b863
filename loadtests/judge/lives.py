"""The bookings of a run: what became of each as the server acknowledged it, and what may have become of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loadtests.measure.result import Change

CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Booking:
    """As the server tells it; it holds its seats in any state but canceled. `contacts`: e-mail address and phone."""

    confirmation_number: str
    status: str
    starts_at: datetime
    contacts: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """`starts_at` of a canceled booking is the slot it left."""

    canceled: bool
    starts_at: datetime

    @classmethod
    def of(cls, booking: Booking) -> "State":
        return cls(booking.status == CANCELED, booking.starts_at)

    def __str__(self) -> str:
        return "canceled" if self.canceled else f"booked at {shown(self.starts_at)}"


@dataclass(frozen=True, slots=True)
class Hold:
    """Seats that a booking surely had, from the answer that gave it until it was asked to give them back."""

    starts_at: datetime
    since: float
    until: float  # seconds on the run's timeline; infinite where it was never asked to


@dataclass(slots=True)
class Life:
    """One booking's: the last state acknowledged, those that unanswered requests may have led to, slots left behind.

    `since`: when it was acknowledged to hold what it holds, None once it may hold it no more; `held` is over.
    """

    seats: int
    last: State
    since: float | None = None
    held: list[Hold] = field(default_factory=list)
    possible: set[State] = field(default_factory=set)
    left: set[datetime] = field(default_factory=set)

    def change(self, change: Change) -> None:
        if self.last.canceled:
            return  # which is final
        if self.since is not None:
            self.held.append(Hold(self.last.starts_at, self.since, change.sent))
            self.since = None
        canceled = change.kind == CANCELED
        state = State(canceled, self.last.starts_at if canceled else instant(change.starts_at))
        if not change.acknowledged:
            self.possible.add(state)
        elif state != self.last:
            self.left.add(self.last.starts_at)
            self.last = state
        if change.acknowledged and not canceled:
            self.since = change.at

    @property
    def states(self) -> set[State]:
        """Every one that it may be in, as far as answers tell."""
        return {self.last} if self.last.canceled else {self.last, *self.possible}

    def admits(self, state: State) -> bool:
        return state in self.states or (state.canceled and any(known.canceled for known in self.states))


def lives_of(changes: Sequence[Change]) -> dict[str, Life]:
    """Bookings by confirmation number. A replay tells of a creation again: the first one counts."""
    lives: dict[str, Life] = {}
    for change in changes:
        number = change.confirmation_number
        if change.kind != "created":
            if number in lives:
                lives[number].change(change)
        elif change.acknowledged:
            lives.setdefault(number, Life(change.seats, State(False, instant(change.starts_at)), change.at))
    return lives


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shown(start: datetime) -> str:
    return start.isoformat().replace("+00:00", "Z")

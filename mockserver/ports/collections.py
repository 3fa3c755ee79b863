"""The parts of the state, each as the use cases see it within a unit of work, and the values that they keep."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Delivery, Webhook


class Ids(Protocol):
    def booking_id(self) -> str:
        """`book_` and nine characters of a-z and 0-9."""

    def key_value(self, environment: str | None) -> str:
        """A full API key, prefix included."""

    def key_id(self) -> str:
        """`key_` and twelve characters."""

    def webhook_id(self) -> str:
        """`hook_` and twelve characters."""

    def webhook_secret(self) -> str:
        """The secret of a webhook, prefix included."""

    def delivery_id(self) -> str:
        """`whk_` and twelve characters."""

    def restart(self) -> None:
        """Back to the first draw of the seed."""

    def dump(self) -> dict[str, Any]:
        """What the next draws depend on, as JSON values."""

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Go on from there. Raises ValueError, TypeError or KeyError for what `dump` did not give."""


class Origin(NamedTuple):
    """What a state was begun from: a dataset by its name and a hash of what it says, and a version of the contract."""

    dataset: str
    content: str
    contract: str


class Origins(Protocol):
    def get(self) -> Origin | None:
        """None: the state has not begun yet."""

    def set(self, origin: Origin) -> None: ...


class Keys(Protocol):
    """API keys by id."""

    def get(self, key_id: str) -> ApiKey | None: ...

    def save(self, key: ApiKey) -> None: ...

    def all(self) -> Sequence[ApiKey]: ...

    def last_used(self, key_id: str) -> int | None: ...

    def restart(self, keys: Iterable[ApiKey], last_used: Mapping[str, int]) -> None:
        """Hold these and no others; `last_used` by key id, in nanoseconds."""


class Bookings(Protocol):
    def get(self, booking_id: str) -> Booking | None: ...

    def occupied(
        self, organization: str, hosts: Collection[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        """What active bookings take of each host within [first, last), in no order. No entry: nothing."""

    def loads(self, organization: str, hosts: Collection[str], first: int, last: int) -> Mapping[str, int]:
        """How many active bookings of each host start in [first, last). No entry: none."""

    def of_organization(self, organization: str, after: tuple[int, str] | None) -> Iterable[Booking]:
        """All bookings, canceled ones too, by (start, id), those behind `after`; to be read within the unit."""

    def save(self, booking: Booking) -> None: ...

    def all(self) -> Sequence[Booking]: ...

    def restart(self, bookings: Iterable[Booking]) -> None:
        """Hold these and no others."""


CounterState = tuple[int, ...]
"""What a limit's algorithm keeps of one subject. The first number is when it was last touched, in nanoseconds."""


class Switch(NamedTuple):
    """The limiter's: whether it refuses anybody, and the algorithm that all counters are counted by."""

    enabled: bool = True
    algorithm: str = "fixed-window"


class Counters(Protocol):
    """What the subjects of each policy have used, and how it is counted."""

    @property
    def switch(self) -> Switch: ...

    def turn(self, switch: Switch) -> None: ...

    def held(self, names: Sequence[tuple[str, str]]) -> Sequence[CounterState | None]:
        """What is kept of each policy and subject, all at once."""

    def put(self, policy: str, subject: str, state: CounterState) -> None: ...

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        """Subjects, and what is kept of them."""

    def forget(self, policy: str, touched: int) -> None:
        """Drop what was last touched at that moment (nanoseconds) or before it."""

    def oldest(self, policy: str) -> int | None:
        """When that was touched which has not been for longest."""

    def contents(self) -> Mapping[str, Mapping[str, CounterState]]:
        """Every counter, by policy and subject."""

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        """Forget everything and begin with these."""


class Outcome(NamedTuple):
    """An answer that is given again byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class ReplayRecord(NamedTuple):
    """What is known of an Idempotency-Key; no outcome: its first request is still running."""

    fingerprint: bytes
    arrived: int
    outcome: Outcome | None


class Replays(Protocol):
    """Idempotency keys by scope."""

    def claim(self, scope: str, key: str, record: ReplayRecord, forgotten: int) -> ReplayRecord | None:
        """Save the record, unless the key has one: that one is returned.

        What arrived at `forgotten` (nanoseconds) or before it counts as gone.
        """

    def save(self, scope: str, key: str, record: ReplayRecord) -> None: ...

    def delete(self, scope: str, key: str) -> None: ...

    def forget(self, arrived: int) -> None:
        """Drop what arrived at that moment (nanoseconds) or before it."""

    def oldest(self) -> int | None:
        """When the first of those that are held arrived."""

    def all(self) -> Sequence[tuple[str, str, ReplayRecord]]:
        """With scope and key."""

    def restart(self, replays: Iterable[tuple[str, str, ReplayRecord]]) -> None:
        """Hold these and no others."""


class ClockSetting(NamedTuple):
    """The mock's clock shows real time plus `offset`, or stands at `stands_at`; both in nanoseconds."""

    offset: int = 0
    stands_at: int | None = None


class ClockSettings(Protocol):
    def get(self) -> ClockSetting: ...

    def set(self, setting: ClockSetting) -> None: ...


class StandingFault(NamedTuple):
    """A fault that is in force, how many requests have matched it, and for how many of them it has fired."""

    id: str
    fault: Fault
    matched: int = 0
    fired: int = 0

    @classmethod
    def numbered(cls, number: int, fault: Fault) -> Self:
        """One that has not matched yet."""
        return cls(f"fault_{number}", fault)

    @property
    def number(self) -> int:
        return int(self.id.removeprefix("fault_"))

    def values(self) -> dict[str, Any]:
        """As plain values, those of the rule among them."""
        return {"id": self.id, **self.fault.values(), "matched": self.matched, "fired": self.fired}


class Faults(Protocol):
    """Faults by id, in the order in which they were set."""

    def get(self, fault_id: str) -> StandingFault | None: ...

    def save(self, standing: StandingFault) -> None:
        """A new one stands behind all others, a known one where it stood."""

    def delete(self, fault_id: str) -> None: ...

    def all(self) -> Sequence[StandingFault]: ...

    def restart(self, faults: Iterable[StandingFault]) -> None:
        """Hold these and no others."""


class Webhooks(Protocol):
    """By id, in the order in which they were registered."""

    def get(self, webhook_id: str) -> Webhook | None: ...

    def save(self, webhook: Webhook) -> None: ...

    def delete(self, webhook_id: str) -> None: ...

    def all(self) -> Sequence[Webhook]: ...

    def restart(self, webhooks: Iterable[Webhook]) -> None:
        """Hold these and no others."""


class Deliveries(Protocol):
    """The outbox, and what became of what was in it.

    Of the pending deliveries of one booking to one webhook the first is at the *head*; the others wait for it.
    """

    def get(self, delivery_id: str) -> Delivery | None: ...

    def save(self, delivery: Delivery) -> None:
        """A new one, or what became of one, which is then nobody's."""

    def claim(self, webhook: str, until: int, most: int, seconds: int) -> Sequence[Delivery]:
        """Heads that are due by then, by when they are due, and nobody's; for so many seconds of real time they are
        the caller's."""

    def next_due(self) -> int | None:
        """When the first head falls due, or did, whoever has claimed it."""

    def all(self) -> Sequence[Delivery]:
        """By when they were made, those of one booking in their order."""

    def forget(self, keep: int) -> None:
        """Drop settled ones, the oldest first, until so many are left."""

    def restart(self, deliveries: Iterable[Delivery]) -> None:
        """Hold these and no others."""

"""Every seam of the mock on one page: what it asks of time, chance and state."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey

SECOND = 1_000_000_000
"""Nanoseconds: the unit of `Clock.now` and of everything that needs finer time than whole seconds."""


class Clock(Protocol):
    def now(self) -> int:
        """Nanoseconds since the Unix epoch."""


class MovedBackError(ValueError):
    """An earlier time was wanted than the clock shows: `PUT /_mock/state` is the way back."""


class MovableClock(Clock, Protocol):
    """Runs from a chosen moment, or stands still. Moving it forward runs what falls due on the way."""

    @property
    def frozen(self) -> bool: ...

    def move_to(self, moment: int, *, frozen: bool | None = None) -> None:
        """Let it stand or run from there on; None: as before. Raises MovedBackError, ValueError."""

    def advance(self, nanoseconds: int) -> None:
        """Raises MovedBackError for a negative number, ValueError beyond the clock's end."""

    def freeze(self) -> None: ...

    def run(self) -> None:
        """Go on from where the clock stands."""

    def restore(self, moment: int | None, *, frozen: bool) -> None:
        """Any time, earlier ones too, None for real time: at the start and for an imported state.

        Nothing falls due by it. Raises ValueError.
        """


class Agenda(Protocol):
    """What falls due, and when."""

    def next_due(self) -> int | None:
        """The moment (nanoseconds) of what comes first."""

    def run(self, until: int) -> None:
        """Carry out all that is due at that moment or before it, in order."""


class Ids(Protocol):
    def booking_id(self) -> str:
        """`book_` and nine characters of a-z and 0-9."""

    def key_value(self, environment: str | None) -> str:
        """A full API key, prefix included."""

    def key_id(self) -> str:
        """`key_` and twelve characters."""

    def restart(self) -> None:
        """Back to the first draw of the seed."""

    def dump(self) -> dict[str, Any]:
        """What the next draws depend on, as JSON values."""

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Go on from there. Raises ValueError, TypeError or KeyError for what `dump` did not give."""


class StateUnavailableError(Refused):
    """The state cannot be reached just now, or has no room: nothing of the unit of work has happened.

    If that came to light while the unit was being committed, it may have happened as a whole.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__("service_unavailable", retry_after=retry_after)


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


class Work(Protocol):
    """One unit of work on the state.

    A unit takes up what it needs in the order below and keeps it to its end, so that no two units wait for one another
    in a circle. What another unit has taken up is waited for. What everybody else goes by (`restart` of anything,
    `set` and `turn`) is changed in a unit that works alone.
    """

    @property
    def origin(self) -> Origins: ...
    @property
    def bookings(self) -> Bookings: ...
    @property
    def clock(self) -> ClockSettings: ...
    @property
    def counters(self) -> Counters: ...
    @property
    def ids(self) -> Ids:
        """What was drawn stays drawn when the unit is given up, as with the sequences of a database."""

    @property
    def replays(self) -> Replays: ...
    @property
    def keys(self) -> Keys: ...


class Counting(Protocol):
    """What a limiter needs of the state."""

    @property
    def switch(self) -> Switch:
        """As committed last."""

    def work(self, *, alone: bool = False) -> AbstractContextManager["CountingWork"]: ...

    def look(self) -> AbstractContextManager["CountingWork"]: ...


class CountingWork(Protocol):
    @property
    def counters(self) -> Counters: ...


class State(Protocol):
    """All that an answer depends on. What every request asks is a unit of work of its own, in one call.

    All but `close` raise StateUnavailableError, `clock` and `touch_key` excepted.
    """

    @property
    def clock(self) -> ClockSetting:
        """As committed last."""

    @property
    def switch(self) -> Switch:
        """As committed last."""

    def find_key(self, digest: bytes) -> ApiKey | None:
        """By the hash of its value, as committed last."""

    def touch_key(self, key_id: str, now: int) -> None:
        """Remember `now` (nanoseconds) as the key's last use."""

    def look(self) -> AbstractContextManager[Work]:
        """A unit that only reads: it takes nothing up, nobody waits for it, and all that it sees is of one moment.

        Within a unit of work it is a part of that one, like any other.
        """

    def work(self, *, alone: bool = False) -> AbstractContextManager[Work]:
        """All of its writes happen when it ends, or, if it ends by an exception, none.

        It reads what it has written, and nobody else does before its end. A unit inside another of the same thread is a
        part of that one: it can fail by itself, but is there for others only when the outer one has ended. While a
        unit works `alone` there is no other; a unit within one that does not cannot either.
        """

    def close(self) -> None:
        """Nothing is asked of it afterwards."""

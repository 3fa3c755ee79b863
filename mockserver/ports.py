"""Every seam of the mock on one page: what it asks of time, chance, storage and counters."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey

SECOND = 1_000_000_000
"""Nanoseconds: the unit of `Clock.now` and of everything that needs finer time than whole seconds."""


class Clock(Protocol):
    def now(self) -> int:
        """Nanoseconds since the Unix epoch."""


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


class Keys(Protocol):
    """API keys, found by the hash of their value."""

    def find(self, digest: bytes) -> ApiKey | None: ...

    def get(self, key_id: str) -> ApiKey | None: ...

    def save(self, key: ApiKey) -> None: ...

    def all(self) -> Sequence[ApiKey]: ...

    def touch(self, key_id: str, now: int) -> None:
        """Remember `now` (nanoseconds) as the key's last use."""

    def last_used(self, key_id: str) -> int | None: ...


class Bookings(Protocol):
    def get(self, booking_id: str) -> Booking | None: ...

    def of_host(self, organization: str, host: str, first: int, last: int) -> Sequence[Booking]:
        """Active bookings whose [start, end) meets [first, last), by start."""

    def of_organization(self, organization: str, after: tuple[int, str] | None) -> Iterable[Booking]:
        """All bookings, canceled ones too, by (start, id), those behind `after`."""

    def save(self, booking: Booking) -> None:
        """Within `Store.transaction` only."""


CounterState = tuple[int, ...]
"""What a limit's algorithm keeps of one subject. The first number is when it was last touched, in nanoseconds."""


class Counters(Protocol):
    """What the subjects of each policy have used. Everything but `transaction` belongs within one."""

    def transaction(self) -> AbstractContextManager[object]:
        """One at a time: what is read in it stays so until it ends. All of its writes happen, or none."""

    def get(self, policy: str, subject: str) -> CounterState | None: ...

    def put(self, policy: str, subject: str, state: CounterState) -> None: ...

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        """Subjects, and what is kept of them."""

    def forget(self, policy: str, touched: int) -> None:
        """Drop what was last touched at that moment (nanoseconds) or before it."""

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
        """Save the record in one atomic step, at once, unless the key has one: that one is returned.

        What arrived at `forgotten` (nanoseconds) or before it counts as gone. No transaction is waited for.
        """

    def save(self, scope: str, key: str, record: ReplayRecord) -> None:
        """Within `Store.transaction` only."""

    def delete(self, scope: str, key: str) -> None:
        """At once."""

    def forget(self, arrived: int) -> None:
        """Drop what arrived at that moment (nanoseconds) or before it."""


class Contents(NamedTuple):
    """All that a store holds; `last_used` by key id, in nanoseconds; replays with their scope and key."""

    keys: Sequence[ApiKey] = ()
    last_used: Mapping[str, int] = MappingProxyType({})
    bookings: Sequence[Booking] = ()
    replays: Sequence[tuple[str, str, ReplayRecord]] = ()


class Store(Protocol):
    """State that a reset empties. Reads see what is committed."""

    @property
    def keys(self) -> Keys: ...

    @property
    def bookings(self) -> Bookings: ...

    @property
    def replays(self) -> Replays: ...

    def transaction(self) -> AbstractContextManager[None]:
        """One writer at a time; all of its writes happen, or none. A transaction inside another joins it."""

    def contents(self) -> Contents: ...

    def restart(self, contents: Contents) -> None:
        """Forget everything and begin with these, in one step."""

"""The state as a whole, and its units of work."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from mockserver.domain.errors import Refused
from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Webhook
from mockserver.ports.collections import (
    Bookings,
    ClockSetting,
    ClockSettings,
    Counters,
    Deliveries,
    Faults,
    Ids,
    Keys,
    Origins,
    Replays,
    Switch,
    Webhooks,
)

R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")


class StateUnavailableError(Refused):
    """The state cannot be reached just now, or has no room: nothing of the unit of work has happened.

    If that came to light while the unit was being committed, it may have happened as a whole.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__("service_unavailable", retry_after=retry_after)


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
    def deliveries(self) -> Deliveries: ...
    @property
    def replays(self) -> Replays: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def webhooks(self) -> Webhooks: ...

    def then(self, function: Callable[[], None]) -> None:
        """To be called when the outermost unit has happened, if this one has not been given up; it asks nothing of the
        state, and raises nothing."""


class Counting(Protocol):
    """What a limiter needs of the state."""

    @property
    def switch(self) -> Switch:
        """As committed last."""

    def charge(self, function: Callable[[Counters, A, B], R], charged: A, how: B) -> R:
        """What the function does with the counters, in a unit of work on them alone, which is within no other: every
        request begins with one."""

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

    @property
    def faults(self) -> Mapping[str, Fault]:
        """By id, in order, as committed last; what they have counted is asked in a unit of work."""

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """By id, in order, as committed last."""

    def find_key(self, digest: bytes) -> ApiKey | None:
        """By the hash of its value, as committed last."""

    def touch_key(self, key_id: str, now: int) -> None:
        """Remember `now` (nanoseconds) as the key's last use."""

    def charge(self, function: Callable[[Counters, A, B], R], charged: A, how: B) -> R:
        """What the function does with the counters, in a unit of work on them alone, which is within no other."""

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

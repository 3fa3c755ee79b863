"""What the mock asks of time."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

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

    @property
    def still(self) -> AbstractContextManager[Any]:
        """As long as somebody is in it, others carry out nothing that falls due: he does, with `run`."""

    def next_due(self) -> int | None:
        """The moment (nanoseconds) of what comes first."""

    def run(self, until: int) -> None:
        """Carry out all that is due at that moment or before it, in order."""

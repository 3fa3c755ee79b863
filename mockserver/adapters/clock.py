"""The only place that knows real time."""

import time

from mockserver.ports import Agenda, ClockSetting, MovedBackError, State, Work

LATEST = 7_258_118_400 * 10**9
"""The year 2200: beyond 2262 nanoseconds no longer fit into 64 bits."""


def uptime() -> float:
    """Seconds of real time, from any moment: for what the mock's clock has no say in."""
    return time.monotonic()


class StateClock:
    """Shows what the state says of the time. Times are nanoseconds."""

    def __init__(self, state: State) -> None:
        self._state = state

    def now(self) -> int:
        """Nanoseconds since the Unix epoch."""
        clock = self._state.clock
        stands_at = clock.stands_at
        return time.time_ns() + clock.offset if stands_at is None else stands_at


class MockClock(StateClock):
    """Runs from a chosen moment, or stands still; it can be moved forward, never back.

    How it differs from real time is a part of the state. What is due already is run before it moves, and what falls due
    on the way when it has been moved.
    """

    def __init__(self, state: State, agenda: Agenda) -> None:
        super().__init__(state)
        self._agenda = agenda

    @property
    def frozen(self) -> bool:
        return self._state.clock.stands_at is not None

    def move_to(self, moment: int, *, frozen: bool | None = None) -> None:
        """Let it stand or run from there on; None: as before. Raises MovedBackError, ValueError."""
        with self._agenda.still:
            self._agenda.run(self.now())
            with self._state.work(alone=True) as work:
                clock = work.clock.get()
                if moment < _shown(clock):
                    raise MovedBackError
                _set(work, moment, frozen=clock.stands_at is not None if frozen is None else frozen)
            self._agenda.run(moment)

    def advance(self, nanoseconds: int) -> None:
        """Raises MovedBackError for a negative number."""
        if nanoseconds < 0:
            raise MovedBackError
        with self._agenda.still:
            self._agenda.run(self.now())
            with self._state.work(alone=True) as work:
                clock = work.clock.get()
                moment = _shown(clock) + nanoseconds
                _set(work, moment, frozen=clock.stands_at is not None)
            self._agenda.run(moment)

    def freeze(self) -> None:
        with self._state.work(alone=True) as work:
            _set(work, min(_shown(work.clock.get()), LATEST), frozen=True)

    def run(self) -> None:
        """Go on from where the clock stands."""
        with self._state.work(alone=True) as work:
            _set(work, min(_shown(work.clock.get()), LATEST), frozen=False)

    def restore(self, moment: int | None, *, frozen: bool) -> None:
        """Any time, earlier ones too, None for real time: at the start and for an imported state.

        Nothing falls due by it. Raises ValueError beyond LATEST.
        """
        with self._state.work(alone=True) as work:
            _set(work, time.time_ns() if moment is None else moment, frozen=frozen)


def _shown(clock: ClockSetting) -> int:
    return time.time_ns() + clock.offset if clock.stands_at is None else clock.stands_at


def _set(work: Work, moment: int, *, frozen: bool) -> None:
    if not 0 <= moment <= LATEST:
        raise ValueError("the clock goes from 1970 to 2200")
    stands_at = moment if frozen else None
    work.clock.set(ClockSetting(offset=moment - time.time_ns(), stands_at=stands_at))

"""The only place that knows real time."""

import threading
import time

LATEST = 7_258_118_400 * 10**9
"""The year 2200: beyond 2262 nanoseconds no longer fit into 64 bits."""


class MovedBackError(ValueError):
    """An earlier time was wanted than the clock shows: `PUT /_mock/state` is the way back."""


class MockClock:
    """Runs from a chosen moment, or stands still; it can be moved forward, never back. Times are nanoseconds."""

    def __init__(self, start: int | None = None, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self.restore(time.time_ns() if start is None else start, frozen=frozen)

    @property
    def frozen(self) -> bool:
        return self._stands_at is not None

    def now(self) -> int:
        """Nanoseconds since the Unix epoch."""
        stands_at = self._stands_at
        return time.time_ns() + self._offset if stands_at is None else stands_at

    def move_to(self, moment: int, *, frozen: bool | None = None) -> None:
        """Let it stand or run from there on; None: as before. Raises MovedBackError, ValueError."""
        with self._lock:
            if moment < self.now():
                raise MovedBackError
            self.restore(moment, frozen=self.frozen if frozen is None else frozen)

    def advance(self, nanoseconds: int) -> None:
        """Raises MovedBackError for a negative number."""
        with self._lock:
            if nanoseconds < 0:
                raise MovedBackError
            self.restore(self.now() + nanoseconds, frozen=self.frozen)

    def freeze(self) -> None:
        with self._lock:
            self.restore(min(self.now(), LATEST), frozen=True)

    def run(self) -> None:
        """Go on from where the clock stands."""
        with self._lock:
            self.restore(min(self.now(), LATEST), frozen=False)

    def restore(self, moment: int, *, frozen: bool) -> None:
        """Any time, earlier ones too: for the start and for an imported state. Raises ValueError beyond LATEST."""
        if not 0 <= moment <= LATEST:
            raise ValueError("the clock goes from 1970 to 2200")
        self._offset = moment - time.time_ns()
        self._stands_at: int | None = moment if frozen else None

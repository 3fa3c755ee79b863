"""Real time, for checks of servers that have a clock of their own: the only place in this package that knows it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from contracts.target.control import ControlApi

monotonic = time.monotonic
unix_seconds = time.time


def today() -> date:
    return date.today()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


class ServerClock:
    """Lets time pass for a server: by moving its clock where a control API is named, else by really waiting.

    `now` is the server's time as far as it was made to pass here, in seconds from an arbitrary beginning; `moved` are
    the seconds by which the server's clock was moved.
    """

    def __init__(self, control: ControlApi | None) -> None:
        self._control = control
        self._ahead = 0.0
        self.moved = 0

    @property
    def now(self) -> float:
        return monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        """Whole seconds where the clock is moved, rounded up."""
        if seconds <= 0:
            return
        if self._control is None:
            sleep(seconds)
        else:
            whole = -int(-seconds // 1)
            self._control.advance(whole)
            self._ahead += whole
            self.moved += whole

    @contextmanager
    def undone(self) -> Iterator[None]:
        """The server is put back, clock included, to the time when this began: what passed in between has not."""
        now, moved = self.now, self.moved
        try:
            yield
        finally:
            self._ahead += now - self.now
            self.moved = moved

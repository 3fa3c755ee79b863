"""Several processes that serve as one: a parent starts them, replaces those that die, and leaves none behind.

The parent serves nothing, holds no state and has no thread, so that it can fork at any time. Its workers learn of its
end, however it comes, from a pipe that nobody writes to: it closes with the parent. What they have to say they write
into a pipe of their own, whose end tells the parent of theirs.
"""

import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mockserver.serving.server import STOP_SIGNALS
from mockserver.serving.siblings import Siblings

WORKER_STOP_SIGNALS = (signal.SIGTERM,)  # Ctrl-C reaches all of them: the parent says what follows
GRACE_SECONDS = 1.7  # that workers have to end by themselves
FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0  # seconds until the next start where one failed; doubled each time
HOPE_SECONDS = 30.0  # without any worker that serves, until the parent gives up


class WorkersFailedError(Exception):
    """`status` is an exit code; the sentence is empty where a worker has said itself what is wrong."""

    def __init__(self, status: int, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker knows of itself. `opens`: it comes first and prepares the state, which the others find prepared."""

    number: int
    opens: bool
    siblings: Siblings
    _reports: int

    def report(self, said: Mapping[str, Any]) -> None:
        """Tell the parent that requests are answered, and what there is to announce; at the end, the last words."""
        # It stays open: a sign of life. A parent that was killed hears nothing.
        with suppress(BrokenPipeError), os.fdopen(self._reports, "wb", closefd=False) as reports:
            reports.write(json.dumps(said).encode() + b"\n")


@dataclass(eq=False, slots=True)
class _Place:
    """Of one worker: the process that has it (0: none), and when, by the monotonic clock, another may be started."""

    number: int
    pid: int = 0
    reports: int = -1
    heard: bytearray = field(default_factory=bytearray)
    due: float = 0.0
    delay: float = FIRST_DELAY

    @property
    def serves(self) -> bool:
        return self.heard.endswith(b"\n")


class Workers:
    """`announce` is handed what the first worker reports, once all of them serve; `tell` a sentence for the log.

    `last_words` are what workers reported at their end, those that were not killed.
    """

    def __init__(self, count: int, announce: Callable[[dict[str, Any]], None], tell: Callable[[str], None]) -> None:
        self._announce = announce
        self._tell = tell
        self._places = [_Place(number) for number in range(count)]
        self._asking = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(count)]
        self._wakeup, self._waker = socket.socketpair()
        self._parent, self._alive = os.pipe()
        self._announced = False
        self.last_words: list[Any] = []
        self._last_served = 0.0

    def run(self) -> Worker | None:
        """Returns in each worker; and None in the parent, when all have ended because of SIGINT or SIGTERM.

        Main thread only. Raises WorkersFailedError if they cannot be started or kept, and what `announce` raises.
        """
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            while True:
                for place in self._due():
                    worker = self._start(place)
                    if worker is not None:
                        return worker
                if self._told_to_stop():
                    break
        except BaseException:
            self._end()
            raise
        self._end()
        return None

    def _due(self) -> list[_Place]:
        """Places for which a worker is to be started now: the first one by itself, for it prepares the state."""
        first, now = self._places[0], time.monotonic()
        places = self._places if first.serves or self._announced else [first]
        return [place for place in places if not place.pid and place.due <= now]

    def _start(self, place: _Place) -> Worker | None:
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid:
            os.close(theirs)
            place.pid, place.reports, place.heard = pid, ours, bytearray()
            return None
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until it serves
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for descriptor in (ours, self._alive, *(other.reports for other in self._places if other.pid)):
            os.close(descriptor)
        self._wakeup.close()
        self._waker.close()
        threading.Thread(target=self._end_with_parent, name="parent", daemon=True).start()
        opens = place.number == 0 and not self._announced
        return Worker(place.number, opens, Siblings(place.number, self._asking), theirs)

    def _end_with_parent(self) -> None:
        """At once: whoever takes the parent's place wants the port."""
        os.read(self._parent, 1)
        os._exit(1)

    def _told_to_stop(self) -> bool:
        """Wait for a signal, a report, a death, or until somebody is to be started."""
        now = time.monotonic()
        timeout = min((place.due - now for place in self._places if not place.pid and place.due > now), default=None)
        wakeup = self._wakeup.fileno()
        readable, _, _ = select.select([wakeup, *self._reports()], [], [], timeout)
        for place in self._places:
            if place.reports in readable:
                self._hear(place)
        return wakeup in readable and self._wakeup.recv(1)[0] in STOP_SIGNALS

    def _reports(self) -> list[int]:
        return [place.reports for place in self._places if place.pid]

    def _hear(self, place: _Place) -> None:
        if not self._more(place):
            self._bury(place)
        elif place.serves:
            place.delay = FIRST_DELAY
            if not self._announced and all(each.serves for each in self._places):
                self._announced = True
                self._announce(json.loads(self._places[0].heard.splitlines()[0]))

    def _bury(self, place: _Place) -> None:
        """Raises WorkersFailedError unless another worker is to take the place."""
        pid, served, now = place.pid, place.serves, time.monotonic()
        code = self._reap(place)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if not self._announced:
            raise WorkersFailedError(max(code, 1), "" if code > 0 else f"a worker {how} before it served")
        if served:
            self._last_served, place.due = now, now
        else:
            place.due, place.delay = now + place.delay, min(2 * place.delay, LONGEST_DELAY)
        if not any(each.serves for each in self._places) and now > self._last_served + HOPE_SECONDS:
            raise WorkersFailedError(1, f"worker {pid} {how}, and for {HOPE_SECONDS:.0f} seconds none could be started")
        self._tell(f"worker {pid} {how}; another takes its place")

    def _reap(self, place: _Place) -> int:
        """The exit code of its process, or minus the number of the signal that ended it."""
        os.close(place.reports)
        if place.heard.count(b"\n") > 1:
            self.last_words.append(json.loads(place.heard.splitlines()[1]))
        _, status = os.waitpid(place.pid, 0)
        place.pid, place.reports, place.heard = 0, -1, bytearray()
        return os.waitstatus_to_exitcode(status)

    def _more(self, place: _Place) -> bool:
        """Does it still say something?"""
        said = os.read(place.reports, 2**16)
        place.heard += said
        return bool(said)

    def _end(self) -> None:
        """Let all workers end, and end those that do not."""
        signal.set_wakeup_fd(-1)
        for place in self._places:
            if place.pid:
                os.kill(place.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while self._reports():
            readable, _, _ = select.select(self._reports(), [], [], max(0.0, deadline - time.monotonic()))
            for place in self._places:
                if not readable and place.pid:
                    os.kill(place.pid, signal.SIGKILL)
                if place.pid and (not readable or (place.reports in readable and not self._more(place))):
                    self._reap(place)

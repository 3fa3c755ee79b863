"""Judges what a world's clients ask, a little later than it is asked, and keeps what was found.

A request pays for putting its entry aside, no more. It is judged by the thread of the request log, when somebody reads
the advice, or by the request that finds MOST_WAITING others before it. So nothing depends on what the journal keeps.

Several processes that serve as one judge each what they answered themselves; who reads or clears asks the others. What
one of them has not seen, another may have: then nobody judges that something was not asked.
"""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Protocol

from mockserver.observing.advice.finding import Finding, Findings, Mistake, Sign, together
from mockserver.observing.journal import Entry, Siblings

MOST_WAITING = 200
MOST_WORLDS = 10_000
"""Whose findings are remembered until the end of the run."""
_READ, _RESET, _CLEAR = b"advice", b"reset advice", b"clear advice"  # what one process asks of another

_log = logging.getLogger("kordkit.mock")


class Adviser(Protocol):
    """Knows the mistakes of one topic. `operations` that it looks at, None for all requests, unrouted ones too."""

    @property
    def operations(self) -> Collection[str] | None: ...

    def look(self, entry: Entry) -> Sequence[Sign]:
        """What this request shows, after those that it has seen before. Many a request comes by: it must be quick."""


class Summary:
    """What was found in a whole run, in the mock and in the worlds beside it: a reset does not forget it.

    `tell` is called with the name of a world (None: the mock's own) and a finding that is new to it. `nudge` lets
    somebody `judge` soon; None: nobody does, before it is asked for.
    """

    def __init__(
        self, tell: Callable[[str | None, Finding], None] | None = None, nudge: Callable[[], None] | None = None
    ) -> None:
        self._tell = tell
        self.nudge = nudge
        self._waiting: set[Advice] = set()
        self._found: dict[str | None, Findings] = {}
        self.requests = 0

    def wake(self, advice: "Advice") -> None:
        """It has something to judge."""
        self._waiting.add(advice)
        if self.nudge is not None:
            self.nudge()
        if len(self._waiting) >= MOST_WAITING:
            self.judge()

    def judge(self) -> None:
        """All that waits."""
        with suppress(KeyError):  # that there is no more
            while True:
                self._waiting.pop().judge()

    def add(self, world: str | None, named: Callable[[str], Mistake], sign: Sign, new: Finding | None) -> None:
        if world not in self._found and len(self._found) < MOST_WORLDS:
            self._found[world] = Findings(named)
        if world in self._found:
            self._found[world].add(sign)
        if new is not None and self._tell is not None:
            self._tell(world, new)

    def forget(self, world: str | None) -> None:
        self._found.pop(world, None)

    def findings(self) -> list[tuple[str | None, Finding]]:
        """With the world that each was found in."""
        self.judge()
        return [(world, finding) for world, found in list(self._found.items()) for finding in found.all()]


class Advice:
    """What was found in one world. `advisers` makes those who look, without a memory of anything."""

    def __init__(
        self,
        named: Callable[[str], Mistake],
        advisers: Callable[[], Sequence[Adviser]],
        summary: Summary,
        world: str | None,
    ) -> None:
        self._named = named
        self._make = advisers
        self._summary = summary
        self._world = world
        self._siblings: Siblings | None = None
        self._waiting: deque[Entry] = deque()
        self._awake = False
        self._judging = threading.Lock()
        self._catch_up: Callable[[], None] = lambda: None
        self._begin()

    def share(self, siblings: Siblings) -> None:
        """Be one with theirs."""
        self._siblings = siblings
        siblings.answer(self._answer)
        self._begin()

    @property
    def is_nudged(self) -> bool:
        """Does somebody judge soon whatever there is to judge?"""
        return self._summary.nudge is not None

    def hear_late(self, catch_up: Callable[[], None]) -> None:
        """Requests are put aside, and this is woken: `catch_up` has all those observed that have been answered."""
        self._catch_up = catch_up

    def observe(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self.wake()

    def note(self, entry: Entry) -> None:
        """Observe it, where this is awake."""
        self._waiting.append(entry)

    def wake(self) -> None:
        if not self._awake:
            self._awake = True
            self._summary.wake(self)
        elif len(self._waiting) >= MOST_WAITING:
            self.judge()

    def judge(self) -> None:
        """What was observed so far."""
        self._awake = False
        self._catch_up()
        with self._judging:
            while self._waiting:
                self._judge(self._waiting.popleft())

    def add(self, signs: Sequence[Sign]) -> None:
        """Of what is no request: seen by others."""
        with self._judging:
            for sign in signs:
                self._summary.add(self._world, self._named, sign, self._found.add(sign))

    def findings(self) -> list[Finding]:
        """In the order in which they were first seen."""
        if self._siblings is None:
            return self._own()
        theirs = (json.loads(answer) for answer in self._siblings.ask(_READ) if answer)
        return together([*self._own(), *(Finding.read(values) for found in theirs for values in found)])

    def reset(self) -> None:
        """Forget what was found and what clients did, but not in the summary of the run."""
        self._restart()
        if self._siblings is not None:
            self._siblings.ask(_RESET)

    def clear(self) -> None:
        """Forget what was found, in the summary too: it was on purpose."""
        self._forget()
        if self._siblings is not None:
            self._siblings.ask(_CLEAR)

    def _begin(self) -> None:
        self._found = Findings(self._named)
        advisers = [each for each in self._make() if self._siblings is None or not _judges_what_is_missing(each)]
        operations = {name for each in advisers for name in each.operations or ()}
        self._at_every = tuple(each.look for each in advisers if each.operations is None)
        self._at = {
            name: tuple(each.look for each in advisers if each.operations is None or name in each.operations)
            for name in operations
        }

    def _judge(self, entry: Entry) -> None:
        self._summary.requests += 1
        try:
            for look in self._at.get(entry.operation or "", self._at_every):
                for sign in look(entry):
                    self._summary.add(self._world, self._named, sign, self._found.add(sign))
        except Exception:
            _log.exception("no advice on request %s", entry.request_id)

    def _own(self) -> list[Finding]:
        self.judge()
        return self._found.all()

    def _restart(self) -> None:
        self.judge()
        with self._judging:
            self._begin()

    def _forget(self) -> None:
        self.judge()
        with self._judging:
            self._found.clear()
            self._summary.forget(self._world)

    def _answer(self, word: bytes) -> bytes | None:
        if word == _READ:
            return json.dumps(self._own()).encode()
        if word == _RESET:
            self._restart()
        elif word == _CLEAR:
            self._forget()
        else:
            return None
        return b""


def _judges_what_is_missing(adviser: Adviser) -> bool:
    return getattr(adviser, "judges_what_is_missing", False)

"""Requests that come at the same time are admitted in one unit of work.

Where the state is a database, a unit waits for it several times, and meanwhile nobody else may charge the same counter.
One by one, the requests of a key could not be more than that allows. So who comes while others are being admitted
waits, and the first of those who wait admits all of them.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from mockserver.ports import Counters, CounterState, Switch

MOST = 64  # at a time
Q = TypeVar("Q")
A = TypeVar("A")


class ChargedCounters(Protocol):
    """What is asked of counters to charge them."""

    @property
    def switch(self) -> Switch: ...

    def get(self, policy: str, subject: str) -> CounterState | None: ...

    def moment(self, now: int) -> int: ...

    def put(self, policy: str, subject: str, state: CounterState) -> None: ...

    def forget(self, policy: str, touched: int) -> None: ...


class GatheredCounters:
    """Counters that are all read at once, and written at once, each for the last time, by `write`."""

    def __init__(self, counters: Counters, names: Sequence[tuple[str, str]]) -> None:
        self._counters = counters
        self._held = dict(zip(names, counters.held(names), strict=True))
        self._changed: set[tuple[str, str]] = set()
        self._latest = 0
        self.switch = counters.switch
        self.forget = counters.forget

    def get(self, policy: str, subject: str) -> CounterState | None:
        return self._held[policy, subject]

    def moment(self, now: int) -> int:
        """One after the other: not before what was charged just now, either."""
        self._latest = max(self._latest, self._counters.moment(now))
        return self._latest

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        self._held[policy, subject] = state
        self._changed.add((policy, subject))

    def write(self) -> None:
        for policy, subject in sorted(self._changed):
            state = self._held[policy, subject]
            if state is not None:
                self._counters.put(policy, subject, state)


@dataclass(eq=False, slots=True)
class _Place(Generic[Q, A]):
    question: Q
    answers: list[A] = field(default_factory=list)
    error: BaseException | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False


class Together(Generic[Q, A]):
    """`answer_all` is called by one thread at a time, with what has been asked meanwhile. If it raises, it has done
    nothing: then each is asked for alone, so that an error is that of who asked. Unless it is of the `everybodys`."""

    def __init__(self, answer_all: Callable[[Sequence[Q]], Sequence[A]], everybodys: type[Exception]) -> None:
        self._answer_all = answer_all
        self._everybodys = everybodys
        self._lock = threading.Lock()
        self._waiting: list[_Place[Q, A]] = []
        self._busy = False

    def ask(self, question: Q) -> A:
        place: _Place[Q, A] | None = None
        with self._lock:
            if self._busy:
                place = _Place(question)
                place.turn.acquire()
                self._waiting.append(place)
            self._busy = True
        if place is None:
            try:
                return self._answer_all([question])[0]
            finally:
                self._hand_over()
        place.turn.acquire()  # let go of by whoever has answered, or lets this one lead
        if not place.done:
            self._lead()
        if place.error is not None:
            raise place.error
        return place.answers[0]

    def _lead(self) -> None:
        with self._lock:
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self._answer(asked)
        for place in asked:
            place.done = True
        self._hand_over()
        for place in asked[1:]:
            place.turn.release()

    def _hand_over(self) -> None:
        """To the first of those who came meanwhile."""
        with self._lock:
            self._busy = bool(self._waiting)
            following = self._waiting[:1]
        for place in following:
            place.turn.release()

    def _answer(self, asked: Sequence[_Place[Q, A]]) -> None:
        try:
            answers = self._answer_all([place.question for place in asked])
            for place, answer in zip(asked, answers, strict=True):
                place.answers.append(answer)
        except BaseException as error:
            if len(asked) > 1 and isinstance(error, Exception) and not isinstance(error, self._everybodys):
                for place in asked:
                    self._answer([place])
                return
            for place in asked:
                place.error = error

"""What to ask a limiter so that its answers leave one hypothesis only.

A round goes like this, for each counter that it asks, with n and w for the limit and window that are thought likely:
some requests at 0; at w/2 as many as it takes to be refused; then again right before and right after each moment at
which a likely window would end. A bucket gives something out before w, a log gives back at w only what was used at 0, a
window all of it. Between rounds it waits until everything is full again, and by another fraction of a window each time,
so that windows aligned to the clock are cut at another place. What was used before the run is gone after a round.

What the contract says is only where the first round looks. The rest goes by what is left of the hypotheses.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low

from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.policies import infer
from loadtests.observation import Observation

GAP = 0.3  # seconds before and after the moment at which a window may end
STEP = 0.001  # seconds between the requests of a burst
STRAGGLER = 0.1  # seconds after a burst: surely behind it
LEADERS = 3  # requests that come one by one
SPARE = 3  # requests beyond the limit
MOST_ROUNDS = 8
PROGRESS = 0.7  # of the hypotheses may be left after a round, from the fifth on; with more, there is no end to it
MOST_MOMENTS = 40  # of asking, in one round
GOLDEN = 0.6180339887  # multiples of it fall evenly between 0 and 1


@dataclass(frozen=True, slots=True)
class Planned:
    """`offset` seconds after the round began."""

    offset: float
    key: str
    operation: str
    subject: str


@dataclass(frozen=True, slots=True)
class Round:
    """Wait `idle` seconds after the last answer, then send. `requests` are ordered by offset."""

    policy: str
    idle: float
    requests: tuple[Planned, ...]

    @property
    def seconds(self) -> float:
        return self.idle + max((request.offset for request in self.requests), default=0.0)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever is thought to have a counter alone; asks with each of its keys and for each of its subjects in turn."""

    keys: tuple[str, ...]
    subjects: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Target:
    """A policy to be found out.

    Two askers show whether they share a counter. `companions` are operations that may draw on the same policy: each is
    asked a few times. `paces` are the limits and windows, in seconds, of shorter policies that must not be reached.
    """

    policy: str
    operation: str
    limit: int
    window: int
    askers: tuple[Asker, ...]
    companions: tuple[str, ...] = ()
    paces: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not self.askers:
            raise ValueError(f"nobody can ask for {self.policy}: it needs a key or a subject")

    @property
    def seconds(self) -> float:
        """About what two rounds take; more may be needed."""
        return 5.5 * self.window

    def relevant(self, observations: Sequence[Observation]) -> list[Observation]:
        return [seen for seen in observations if seen.operation in (self.operation, *self.companions)]


@dataclass(slots=True)
class Probe:
    """Rounds for one target after the other, as far as `most_requests` and `most_seconds` go.

    `skipped` says by policy why it was not asked to the end.
    """

    targets: Sequence[Target]
    most_requests: int = 100_000
    most_seconds: float = math.inf
    skipped: dict[str, str] = field(default_factory=dict)
    _asked: int = 0
    _taken: float = 0.0
    _target: int = 0
    _round: int = 0
    _left: int = 0
    _begun: float = -math.inf

    def next(self, observations: Sequence[Observation]) -> Round | None:
        """The next round after all that was observed so far; None: done."""
        while self._target < len(self.targets):
            target = self.targets[self._target]
            planned = self._next_of(target, observations)
            if planned is not None:
                self._round += 1
                self._asked += len(planned.requests)
                self._taken += planned.seconds
                return planned
            self._target += 1
            self._round = 0
            self._begun = max((seen.received for seen in observations), default=-math.inf)
        return None

    def _next_of(self, target: Target, observations: Sequence[Observation]) -> Round | None:
        belief = Belief((target.limit,), (target.window,))
        if self._round:
            belief = Belief.of(target, observations, self._begun, first=self._round == 1)
        if belief.settled:
            return None
        if self._round == MOST_ROUNDS or (self._round > 4 and belief.left > PROGRESS * self._left > 0):
            self.skipped[target.policy] = f"{self._round} rounds did not settle it"
            return None
        self._left = belief.left
        planned = round_for(target, belief, self._round)
        if self._asked + len(planned.requests) > self.most_requests:
            self.skipped[target.policy] = f"it takes {len(planned.requests)} more requests than the run may send"
        elif self._taken + planned.seconds > self.most_seconds:
            self.skipped[target.policy] = f"it takes {planned.seconds:.0f} s, which the run has not left"
        else:
            return planned
        return None


@dataclass(frozen=True, slots=True)
class Belief:
    """Limits and windows (seconds) that are likely, ascending; `left` is the number of all hypotheses."""

    limits: tuple[int, ...]
    windows: tuple[int, ...]
    settled: bool = False
    explore: bool = False
    left: int = 0

    @classmethod
    def of(cls, target: Target, observations: Sequence[Observation], begun: float, *, first: bool) -> "Belief":
        """`begun`: since when this target is asked; refusals before that were another policy's."""
        seen = target.relevant(observations)
        refused = {id(each) for each in seen if each.refused and each.sent >= begun}
        if not refused:
            asked = sum(each.sent >= begun for each in seen) // len(target.askers)
            return cls((2 * max(target.limit, asked),), (target.window,))
        if first:  # one window tells too little to look anywhere else
            return cls((target.limit,), (target.window,))
        *_, last = [each for each in infer(seen) if any(id(refusal) in refused for refusal in each.refused)]
        if last.hypothesis is not None and (last.hypothesis.limit, last.hypothesis.window) not in target.paces:
            return cls((), (), settled=True)
        if last.hypothesis is None and last.candidates:
            return cls(*_likely(last.hypotheses, target), left=len(last.hypotheses))
        return cls((target.limit,), (target.window,), explore=not target.paces)


def _likely(left: frozenset[Hypothesis], target: Target) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What was expected, if that is still possible; else what is left of the size that was expected, or all of it."""
    if any((each.limit, each.window) == (target.limit, target.window) for each in left):
        return (target.limit,), (target.window,)
    near = [each for each in left if each.limit <= 4 * target.limit and each.window <= 4 * target.window]
    kept = near or list(left)
    return tuple(sorted({each.limit for each in kept})), tuple(sorted({each.window for each in kept}))


def round_for(target: Target, belief: Belief, number: int) -> Round:
    """Round `number`, counted from 0. Every other one takes all at once, as that times a bucket's tokens."""
    limit, window = belief.limits[-1], belief.windows[-1]
    typical = median_low(belief.windows)
    part = 0.25 + number * GOLDEN % 0.5
    asking = _Asking(target)
    idle = min(window, 2 * typical) * (1 + number * GOLDEN % 1) + 2 * GAP if number else 0.0
    if target.paces and not belief.explore and len(belief.windows) == 1 and number % 2 == 0:
        return Round(target.policy, idle, _ordered(_two_windows(asking, target.askers, number // 2, limit, window)))
    if number % 2:
        some = max(1, round(median_low(belief.limits) * part))
        # By one asker alone, should they share what they have.
        askers = target.askers[: 1 if number > 2 else None]
        requests = asking.together(0.0, some, askers, companions=True, lead=min(STRAGGLER, window / 40))
    else:
        requests = asking.until_refused(0.0, limit + SPARE)
    if number:
        requests += asking.until_refused(typical * part, limit + SPARE)
    for moment in _moments(belief, window):
        size = limit + SPARE if moment > window else limit // 2 + SPARE if not target.paces else SPARE
        requests += asking.until_refused(moment, size)
    return Round(target.policy, idle, _ordered(requests))


def _ordered(requests: Iterable[Planned]) -> tuple[Planned, ...]:
    return tuple(sorted(requests, key=lambda request: request.offset))


def _two_windows(asking: "_Asking", askers: Sequence[Asker], turn: int, limit: int, window: int) -> Iterator[Planned]:
    """What is dear to use up is used up as seldom as can be: one window at its beginning, the next one at its end.

    A log then gives back one by one what a fixed window gives back at once, and windows aligned to the clock cannot end
    at both places. Of all askers but one only a part is used at first, should they be counted together.
    """
    first, *others = (askers[(turn + index) % len(askers)] for index in range(len(askers)))
    yield from asking.burst(first, 0.0, 1)
    yield from asking.burst(first, 3 * GAP, limit - 1 + SPARE)
    for other in others:
        yield from asking.burst(other, 3 * GAP, max(1, limit // 2))
    yield from asking.burst(first, window - GAP, SPARE)
    yield from asking.burst(first, window + GAP, SPARE + 1)
    end = 2 * window + GAP
    for each in (first, *others):
        yield from asking.burst(each, end - GAP / 2 - asking.length(each, limit + SPARE), limit + SPARE)
    for each in (first, *others):
        yield from asking.burst(each, end + GAP / 2, limit + SPARE)


def _moments(belief: Belief, window: int) -> Iterator[float]:
    """When to ask: around each end of a window that is possible."""
    ends = belief.windows
    if belief.explore:
        yield from (window * k / 16 + GAP for k in range(9, 32))
        yield 2 * window + GAP
        return
    yield ends[0] - GAP
    between = [(early + late) / 2 for early, late in pairwise(ends)]
    yield from between[:: max(1, math.ceil(len(between) / MOST_MOMENTS))]
    yield ends[-1] + GAP


class _Asking:
    """Requests of all askers of a target, those of one before those of the next.

    One after the other shows what is shared: when the first has been refused, the second still has all of its own.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._turns: dict[Asker, int] = {}
        self._paces: dict[str, _Pace] = {}

    def together(
        self,
        start: float,
        count: int,
        askers: Sequence[Asker] | None = None,
        *,
        companions: bool = False,
        lead: float = 0.0,
    ) -> list[Planned]:
        """`lead`: seconds between the first few: where none overtakes another, headers must be exact."""
        made: list[Planned] = []
        first = start
        for asker in askers or self._target.askers:
            offset = first
            for number in range(count):
                few = self._target.companions if companions and count > len(self._target.companions) else ()
                operation = few[number] if number < len(few) else self._target.operation
                made.append(self._one(asker, first + number * STEP + min(number, LEADERS) * lead, operation))
                offset = made[-1].offset
            # Long schedules are interleaved: each burst of one beside the same burst of the other.
            first = (start if self._target.paces else offset) + STRAGGLER
        return made

    def burst(self, asker: Asker, start: float, count: int) -> list[Planned]:
        """As fast as the paces allow."""
        return [self._one(asker, start + number * STEP, self._target.operation) for number in range(count)]

    def length(self, asker: Asker, count: int) -> float:
        """Seconds that such a burst takes."""
        each = -(-count // len(asker.keys))
        pace = _Pace(self._target.paces)
        return max(pace.next(number * STEP * len(asker.keys)) for number in range(each))

    def until_refused(self, start: float, count: int) -> list[Planned]:
        made = self.together(start, count)
        return [*made, *self.straggler(made[-1].offset)]

    def straggler(self, end: float) -> list[Planned]:
        return [
            self._one(asker, end + STRAGGLER * (1 + index), self._target.operation)
            for index, asker in enumerate(self._target.askers)
        ]

    def _one(self, asker: Asker, offset: float, operation: str) -> Planned:
        turn = self._turns[asker] = self._turns.get(asker, -1) + 1
        key, subject = asker.keys[turn % len(asker.keys)], asker.subjects[turn % len(asker.subjects)]
        pace = self._paces.setdefault(key, _Pace(self._target.paces))
        return Planned(pace.next(offset), key, operation, subject)


class _Pace:
    """One key's moments: never more of them than the shorter policies admit, however these count."""

    def __init__(self, paces: Sequence[tuple[int, int]]) -> None:
        self._last = [(deque[float](maxlen=limit), limit, window) for limit, window in paces]

    def next(self, moment: float) -> float:
        """The first moment from this one on at which nothing but the policy in question refuses."""
        for last, limit, window in self._last:
            if len(last) == limit:
                moment = max(moment, last[0] + window + 2 * GAP)
        for last, _, _ in self._last:
            last.append(moment)
        return moment

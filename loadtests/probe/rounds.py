"""What one round asks, and when.

A plain round goes like this, for each counter, with n and w for the limit and window that are thought likely: some
requests at 0; at w/2 as many as it takes to be refused; then again right before and right after each moment at which a
likely window would end. A bucket gives something out before w, a log gives back at w only what was used at 0, a window
all of it. Between rounds it waits until everything is full again, and by another fraction of a window each time, so
that windows aligned to the clock are cut at another place. What was used before the run is gone after a round.

Where other policies have to be kept clear of, using up a limit is dear, and is done as seldom as can be.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from loadtests.probe.asking import GAP, STRAGGLER, Asking, Planned
from loadtests.probe.belief import Belief
from loadtests.probe.target import Asker, Target

SPARE = 3  # requests beyond the limit
MOST_MOMENTS = 40  # of asking, in one round
TIMES = 12  # of refusing, once a bucket is drained
MOST_TOKENS = 6  # moments at which the last token may come
MOST_DRAINED = 10  # times its limit
GOLDEN = 0.6180339887  # multiples of it fall evenly between 0 and 1


@dataclass(frozen=True, slots=True)
class Round:
    """Wait `idle` seconds after the last answer, then send. `requests` are ordered by offset."""

    policy: str
    idle: float
    requests: tuple[Planned, ...]

    @property
    def span(self) -> float:
        return max((request.offset for request in self.requests), default=0.0)

    @property
    def seconds(self) -> float:
        return self.idle + self.span


def round_for(target: Target, belief: Belief, number: int) -> Round:
    """Round `number`, counted from 0."""
    asking = Asking(target)
    window = belief.windows[-1]
    idle = min(window, 2 * median_low(belief.windows)) * (1 + number * GOLDEN % 1) + 2 * GAP if number else 0.0
    turn = number % len(target.askers)
    askers = (*target.askers[turn:], *target.askers[:turn])
    if target.is_dear and (belief.bucket or (belief.bucket is None and number % 2)):
        made: Iterable[Planned] = _drained(asking, askers, belief, target)
    elif target.is_dear and target.is_tight:
        made = _one_window(asking, askers, belief, late=number % 2 == 1)
    elif target.is_dear and len(belief.windows) == 1:
        made = _two_windows(asking, askers, belief.limits[-1], window, _apart(target))
    else:
        made = _plain(asking, target, belief, number)
    return Round(target.policy, idle, tuple(sorted(made, key=lambda request: request.offset)))


def _plain(asking: Asking, target: Target, belief: Belief, number: int) -> list[Planned]:
    """Every other one takes all at once, as that times a bucket's tokens."""
    limit, window = belief.limits[-1], belief.windows[-1]
    part = 0.25 + number * GOLDEN % 0.5
    if number % 2:
        some = max(1, round(median_low(belief.limits) * part))
        # By one asker alone, should they share what they have.
        askers = target.askers[: 1 if number > 2 else None]
        requests = asking.together(0.0, some, askers, companions=True, lead=min(STRAGGLER, window / 40))
    else:
        requests = asking.until_refused(0.0, limit + SPARE)
    if number:
        requests += asking.until_refused(median_low(belief.windows) * part, limit + SPARE)
    for moment in _moments(belief, window):
        size = limit + SPARE if moment > window else limit // 2 + SPARE if not target.paces else SPARE
        requests += asking.until_refused(moment, size)
    return requests


def _moments(belief: Belief, window: int) -> Iterator[float]:
    """When to ask: around each end of a window that is possible."""
    ends = belief.windows
    if belief.explore:
        yield from (window * k / 16 + GAP for k in range(9, 32))
        yield 2 * window + GAP
        return
    yield ends[0] - GAP
    yield from _between(ends, MOST_MOMENTS)
    yield ends[-1] + GAP


def _between(windows: Sequence[int], most: int) -> Sequence[float]:
    """What parts each two of them; no more than so many, evenly."""
    middles = [(early + late) / 2 for early, late in pairwise(windows)]
    return middles[:: max(1, math.ceil(len(middles) / most))]


def _apart(target: Target) -> float:
    """Seconds between a round's first request and the rest: where a window is long, so many that bursts stay whole."""
    shortest = min((pace.window for pace in target.paces), default=0)
    return 3 * GAP + (shortest if shortest < target.window / 20 else 0)


def _two_windows(asking: Asking, askers: Sequence[Asker], limit: int, window: int, apart: float) -> Iterator[Planned]:
    """One window used up at its beginning, the next one at its end, and a third right after that.

    A log then gives back one by one what a fixed window gives back at once, and windows aligned to the clock cannot end
    at both places: twice the limit, in less than a window, has one end in it. All askers but the first only show
    whether they still have something when it has nothing.
    """
    first, *others = askers
    yield from asking.burst(first, 0.0, 1)
    early = asking.burst(first, apart, limit - 1 + SPARE)
    yield from early
    yield from _witnessed(asking, others, early[-1].offset)
    yield from asking.burst(first, window - GAP, SPARE)
    yield from asking.burst(first, window + GAP, SPARE + 1)
    end = 2 * window + GAP
    late = asking.burst(first, end - GAP / 2 - asking.length(first, limit + SPARE), limit + SPARE)
    yield from late
    yield from _witnessed(asking, others, late[-1].offset)
    yield from asking.burst(first, end + GAP / 2, limit + SPARE)


def _one_window(asking: Asking, askers: Sequence[Asker], belief: Belief, *, late: bool) -> Iterator[Planned]:
    """No more than one limit, used up at the beginning of a window or at its end, where a second would be too much."""
    first, *others = askers
    limit, window = belief.limits[-1], belief.windows[-1]
    yield from asking.burst(first, 0.0, 1)
    begin = window - GAP / 2 - asking.length(first, limit + SPARE) if late else 3 * GAP
    used_up = asking.burst(first, max(begin, 3 * GAP), limit - 1 + SPARE)
    yield from used_up
    yield from _witnessed(asking, others, used_up[-1].offset)
    for moment in _moments(belief, window):
        yield from asking.burst(first, moment, SPARE)


def _witnessed(asking: Asking, others: Sequence[Asker], moment: float) -> Iterator[Planned]:
    for number, other in enumerate(others, 1):
        yield from asking.burst(other, moment + number * STRAGGLER, 1)


def _drained(asking: Asking, askers: Sequence[Asker], belief: Belief, target: Target) -> Iterator[Planned]:
    """A bucket is drained, and kept so until a whole one has come in; then one token is waited for.

    Each refusal says how many tokens there were so far, to one: asked at ever other parts of a token's time they tell
    about how long it takes, and the last token, if it comes when it is expected, exactly.
    """
    first, *others = askers
    limit, window = belief.limits[-1], median_low(belief.windows)
    rate = limit / window
    asked = asking.burst(first, 0.0, _draining(asking, first, limit, rate) + SPARE)
    last = asked[-1].offset
    yield from _witnessed(asking, others, last)
    begin = last + max((pace.window for pace in target.paces), default=0)  # from when on nothing is held up
    step = (round(max(window - begin, window / 4) / TIMES * rate) + GOLDEN) / rate
    for number in range(TIMES):
        moment = begin + number * step
        asked += asking.burst(first, moment, math.ceil((moment - last) * rate) + SPARE)
        last = moment
    yield from asked
    windows = (belief.windows[0], *_between(belief.windows, MOST_TOKENS), belief.windows[-1])
    moments = [_next_token(asked, limit, each) for each in windows]
    for moment in sorted((moments[0] - GAP, *moments[1:-1], moments[-1] + GAP)):
        yield from asking.burst(first, moment, math.ceil((moment - last) * rate) + 1)
        last = moment


def _next_token(asked: Sequence[Planned], limit: int, window: float) -> float:
    """When a bucket of such a window, full at first, has the next whole token after it was asked all that."""
    taken = 0
    for request in asked:
        taken += limit + request.offset * limit / window >= taken + 1
    return max((taken + 1 - limit) * window / limit, asked[-1].offset + 3 * GAP)


def _draining(asking: Asking, asker: Asker, limit: int, rate: float) -> int:
    """Requests that empty a bucket, with what comes in while they are asked."""
    count = limit
    while (needed := math.ceil(limit + asking.length(asker, count) * rate)) > count and count < MOST_DRAINED * limit:
        count = needed
    return count

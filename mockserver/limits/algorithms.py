"""How rate limits count: pure functions from what a counter holds, a policy and a moment to a decision.

What a counter holds is a few whole numbers, of which the first is when it last took something, so any storage can keep
it. Times are nanoseconds and handed in; all arithmetic is on integers, so that what a header promises is exact.

One more algorithm is one more class here, and one more line in `ALGORITHMS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from mockserver.limits.log import Log
from mockserver.ports import CounterState


@dataclass(frozen=True, slots=True)
class Policy:
    """`limit` units in a window of `window` nanoseconds, for each subject of the scope by itself.

    A policy that counts failures is `refundable`: its unit is given back when the request turns out to be none.
    """

    name: str
    limit: int
    window: int
    scope: str
    refundable: bool = False

    def __post_init__(self) -> None:
        if self.limit < 1 or self.window < 1:
            raise ValueError(f"the policy {self.name} must admit at least one request in a window of some length")


class Decision(NamedTuple):
    """`wait`: nanoseconds until one more unit is free, 0 for what is admitted.

    `remaining` units are left after it; at `reset`, without further requests, that is the limit again.
    """

    remaining: int
    reset: int
    wait: int = 0


_decided = partial(tuple.__new__, Decision)  # from its members, in half the time that a call takes


class Algorithm(Protocol):
    """`now` is never before a moment that the state has seen."""

    unused: CounterState
    """What a counter that nobody has touched holds."""

    windows: int
    """So many windows after it last took something a counter is as good as unused."""

    def take(self, state: CounterState, policy: Policy, now: int) -> tuple[CounterState, Decision]:
        """One unit, if there is one; else the state as it was."""

    def look(self, state: CounterState, policy: Policy, now: int) -> Decision:
        """What is left and when it is all back, taking nothing; `wait` is 0."""

    def give_back(self, state: CounterState, policy: Policy, taken: int) -> CounterState:
        """Undo the `take` of that moment, which may be long over."""

    def set_remaining(self, state: CounterState, policy: Policy, remaining: int, now: int) -> CounterState:
        """Just so many units are left."""

    def read(self, numbers: Sequence[int]) -> CounterState:
        """A state from where it was kept. Raises ValueError for what is none."""


class FixedWindow:
    """A window begins with the first request in it. State: touched, begins, used."""

    unused: CounterState = (0, 0, 0)
    windows = 1

    def take(self, state: CounterState, policy: Policy, now: int) -> tuple[CounterState, Decision]:
        _, begins, used = state
        ends = begins + policy.window
        if used == 0 or now >= ends:
            begins = self._begin(policy, now)
            return (now, begins, 1), _decided((policy.limit - 1, begins + policy.window, 0))
        if used >= policy.limit:
            return state, _decided((policy.limit - used, ends, ends - now))
        return (now, begins, used + 1), _decided((policy.limit - used - 1, ends, 0))

    def look(self, state: CounterState, policy: Policy, now: int) -> Decision:
        _, begins, used = state
        ends = begins + policy.window
        return Decision(policy.limit - used, ends) if used and now < ends else Decision(policy.limit, now)

    def give_back(self, state: CounterState, policy: Policy, taken: int) -> CounterState:
        touched, begins, used = state
        return (touched, begins, used - 1) if used and begins <= taken < begins + policy.window else state

    def set_remaining(self, state: CounterState, policy: Policy, remaining: int, now: int) -> CounterState:
        _, begins, used = state
        if used == 0 or now >= begins + policy.window:
            begins = self._begin(policy, now)
        return now, begins, policy.limit - remaining

    def read(self, numbers: Sequence[int]) -> CounterState:
        touched, begins, used = numbers
        return touched, begins, used

    def _begin(self, policy: Policy, now: int) -> int:
        """Of the window that a request now is the first of."""
        return now


class AlignedFixedWindow(FixedWindow):
    """Windows begin at multiples of their length since 1970."""

    def _begin(self, policy: Policy, now: int) -> int:
        return now - now % policy.window


class SlidingWindow:
    """An exact log of what was taken in (now − window, now]. State: touched, then the log, oldest first."""

    unused: CounterState = (0,)
    windows = 1

    def take(self, state: CounterState, policy: Policy, now: int) -> tuple[CounterState, Decision]:
        log = Log.of(state)
        gone = log.until(now - policy.window)
        used = log.size - gone
        if used >= policy.limit:
            wait = log.moment(log.size - policy.limit) + policy.window - now
            return log, Decision(policy.limit - used, _latest(log) + policy.window, wait)
        return log.with_another(now, gone), Decision(policy.limit - used - 1, now + policy.window)

    def look(self, state: CounterState, policy: Policy, now: int) -> Decision:
        log = Log.of(state)
        used = log.size - log.until(now - policy.window)
        return Decision(policy.limit - used, _latest(log) + policy.window if used else now)

    def give_back(self, state: CounterState, policy: Policy, taken: int) -> CounterState:
        log = Log.of(state)
        place = log.until(taken) - 1
        return log.without(place) if place >= 0 and log.moment(place) == taken else log

    def set_remaining(self, state: CounterState, policy: Policy, remaining: int, now: int) -> CounterState:
        return Log.of((now,) * (1 + policy.limit - remaining))

    def read(self, numbers: Sequence[int]) -> CounterState:
        touched, *log = numbers
        return Log.of((touched, *log))


def _latest(log: Log) -> int:
    return log.moment(log.size - 1)


class SlidingWindowCounter:
    """Two aligned windows, the older one weighted by the part of it that is still in (now − window, now].

    used = current + previous × (window − elapsed) / window, and who finds less than the limit is admitted: so do
    Cloudflare and Upstash count. State: touched, begins, current, previous.
    """

    unused: CounterState = (0, 0, 0, 0)
    windows = 2

    def take(self, state: CounterState, policy: Policy, now: int) -> tuple[CounterState, Decision]:
        begins, current, previous = _two_windows(state, policy, now)
        remaining = _left(policy, now - begins, current, previous)
        if remaining == 0:
            if current == policy.limit:  # as soon as the next window has begun, a little less than all of it is used
                wait = begins + policy.window + 1 - now
            else:
                wait = _weighs_less(policy.limit - current, policy, begins, previous) - now
            return state, Decision(0, _unused(policy, begins, current, previous, now), wait)
        reset = _unused(policy, begins, current + 1, previous, now)
        return (now, begins, current + 1, previous), Decision(remaining - 1, reset)

    def look(self, state: CounterState, policy: Policy, now: int) -> Decision:
        begins, current, previous = _two_windows(state, policy, now)
        remaining = _left(policy, now - begins, current, previous)
        return Decision(remaining, _unused(policy, begins, current, previous, now))

    def give_back(self, state: CounterState, policy: Policy, taken: int) -> CounterState:
        touched, begins, current, previous = state
        if begins <= taken:
            return touched, begins, max(0, current - 1), previous
        return touched, begins, current, max(0, previous - (begins - policy.window <= taken))

    def set_remaining(self, state: CounterState, policy: Policy, remaining: int, now: int) -> CounterState:
        return now, now - now % policy.window, policy.limit - remaining, 0

    def read(self, numbers: Sequence[int]) -> CounterState:
        touched, begins, current, previous = numbers
        return touched, begins, current, previous


def _two_windows(state: CounterState, policy: Policy, now: int) -> tuple[int, int, int]:
    """When the window of this moment began, and what was taken in it and in the one before."""
    _, begins, current, previous = state
    began = now - now % policy.window
    if began == begins:
        return begins, current, previous
    return began, 0, current if began == begins + policy.window else 0


def _left(policy: Policy, elapsed: int, current: int, previous: int) -> int:
    return policy.limit - current - previous * (policy.window - elapsed) // policy.window


def _weighs_less(units: int, policy: Policy, begins: int, previous: int) -> int:
    """The first moment of a window at which the one before weighs less than so many units, 1 to `previous`."""
    return begins + policy.window + 1 - divide_up(units * policy.window, previous)


def _unused(policy: Policy, begins: int, current: int, previous: int, now: int) -> int:
    """The first moment, now or later, at which nothing that was taken weighs a whole unit."""
    if current:
        return _weighs_less(1, policy, begins + policy.window, current)
    return max(now, _weighs_less(1, policy, begins, previous)) if previous else now


class TokenBucket:
    """As many tokens as the limit, full at the start, refilled at limit/window. State: touched, missing.

    `missing` is what was missing at `touched`, in nanoseconds times the limit. In that unit a token is exactly a
    `window`, and `limit` of it comes back each nanosecond, so nothing is ever rounded but the answers.
    """

    unused: CounterState = (0, 0)
    windows = 1

    def take(self, state: CounterState, policy: Policy, now: int) -> tuple[CounterState, Decision]:
        limit, window = policy.limit, policy.window
        missing = _missing(state, limit, now)
        lacking = missing + window - limit * window
        if lacking > 0:
            return state, _bucket(missing, policy, now, divide_up(lacking, limit))
        return (now, missing + window), _bucket(missing + window, policy, now)

    def look(self, state: CounterState, policy: Policy, now: int) -> Decision:
        return _bucket(_missing(state, policy.limit, now), policy, now)

    def give_back(self, state: CounterState, policy: Policy, taken: int) -> CounterState:
        touched, missing = state
        return touched, missing - policy.window

    def set_remaining(self, state: CounterState, policy: Policy, remaining: int, now: int) -> CounterState:
        return now, (policy.limit - remaining) * policy.window

    def read(self, numbers: Sequence[int]) -> CounterState:
        touched, missing = numbers
        return touched, missing


def _missing(state: CounterState, limit: int, now: int) -> int:
    touched, missing = state
    return max(0, missing - (now - touched) * limit)


def _bucket(missing: int, policy: Policy, now: int, wait: int = 0) -> Decision:
    remaining = (policy.limit * policy.window - missing) // policy.window
    return Decision(remaining, now + divide_up(missing, policy.limit), wait)


def divide_up(number: int, divisor: int) -> int:
    return -(-number // divisor)


ALGORITHMS: Mapping[str, Algorithm] = {
    "fixed-window": FixedWindow(),
    "aligned-fixed-window": AlignedFixedWindow(),
    "sliding-window": SlidingWindow(),
    "sliding-window-counter": SlidingWindowCounter(),
    "token-bucket": TokenBucket(),
}

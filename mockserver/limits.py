"""Rate limits: the policies of one request are admitted together, or not at all.

Each algorithm is a small counter; who owns which counter, what is charged and who is forgotten is the `Limiter`'s
business. Times are nanoseconds and handed in, and all arithmetic is on integers: what a header promises is exact.
"""

import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mockserver.ports import SECOND

Algorithm = Literal["fixed-window", "sliding-window", "token-bucket"]


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


class Counter(Protocol):
    """What one subject has used of one policy. `now` never goes back between calls."""

    touched: int

    def wait(self, policy: Policy, now: int) -> int:
        """Nanoseconds until one more unit is free; 0: it is."""

    def take(self, policy: Policy, now: int) -> None: ...

    def give_back(self, policy: Policy, taken: int) -> None:
        """Undo the `take` of that moment."""

    def remaining(self, policy: Policy, now: int) -> int: ...

    def reset(self, policy: Policy, now: int) -> int:
        """When, without further requests, nothing is used any more; `now` if so already."""


class FixedWindow:
    """A window begins with the first request in it."""

    __slots__ = ("begins", "touched", "used")

    def __init__(self) -> None:
        self.begins = self.touched = self.used = 0

    def _used(self, policy: Policy, now: int) -> int:
        return self.used if now < self.begins + policy.window else 0

    def wait(self, policy: Policy, now: int) -> int:
        return 0 if self._used(policy, now) < policy.limit else self.begins + policy.window - now

    def take(self, policy: Policy, now: int) -> None:
        used = self._used(policy, now)
        if used == 0:
            self.begins = now
        self.used = used + 1
        self.touched = now

    def give_back(self, policy: Policy, taken: int) -> None:
        if self.used and self.begins <= taken < self.begins + policy.window:
            self.used -= 1

    def remaining(self, policy: Policy, now: int) -> int:
        return policy.limit - self._used(policy, now)

    def reset(self, policy: Policy, now: int) -> int:
        return self.begins + policy.window if self._used(policy, now) else now


class SlidingWindow:
    """An exact log of what was taken in (now − window, now]."""

    __slots__ = ("log", "touched")

    def __init__(self) -> None:
        self.log: deque[int] = deque()
        self.touched = 0

    def _forget(self, policy: Policy, now: int) -> None:
        while self.log and self.log[0] <= now - policy.window:
            self.log.popleft()

    def wait(self, policy: Policy, now: int) -> int:
        self._forget(policy, now)
        return 0 if len(self.log) < policy.limit else self.log[-policy.limit] + policy.window - now

    def take(self, policy: Policy, now: int) -> None:
        self.log.append(now)
        self.touched = now

    def give_back(self, policy: Policy, taken: int) -> None:
        if taken in self.log:
            self.log.remove(taken)

    def remaining(self, policy: Policy, now: int) -> int:
        self._forget(policy, now)
        return policy.limit - len(self.log)

    def reset(self, policy: Policy, now: int) -> int:
        self._forget(policy, now)
        return self.log[-1] + policy.window if self.log else now


class TokenBucket:
    """As many tokens as the limit, full at the start, refilled at limit/window.

    One number is kept: `full`, the moment when the bucket is full again, times the limit. In that unit a token takes
    exactly `window` to come back, so nothing is ever rounded but the answers.
    """

    __slots__ = ("full", "touched")

    def __init__(self) -> None:
        self.full = self.touched = 0

    def _missing(self, policy: Policy, now: int) -> int:
        return max(0, self.full - now * policy.limit)

    def wait(self, policy: Policy, now: int) -> int:
        lacking = self._missing(policy, now) + policy.window - policy.limit * policy.window
        return max(0, _divide_up(lacking, policy.limit))

    def take(self, policy: Policy, now: int) -> None:
        self.full = now * policy.limit + self._missing(policy, now) + policy.window
        self.touched = now

    def give_back(self, policy: Policy, taken: int) -> None:
        self.full -= policy.window

    def remaining(self, policy: Policy, now: int) -> int:
        return (policy.limit * policy.window - self._missing(policy, now)) // policy.window

    def reset(self, policy: Policy, now: int) -> int:
        return _divide_up(self.full, policy.limit) if self._missing(policy, now) else now


ALGORITHMS: Mapping[Algorithm, type[FixedWindow] | type[SlidingWindow] | type[TokenBucket]] = {
    "fixed-window": FixedWindow,
    "sliding-window": SlidingWindow,
    "token-bucket": TokenBucket,
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What the headers say of one policy; `reset` in nanoseconds, rounded up to whole seconds when sent."""

    policy: Policy
    remaining: int
    reset: int
    wait: int = 0

    @property
    def reset_seconds(self) -> int:
        return _divide_up(self.reset, SECOND)


@dataclass(slots=True)
class Admission:
    """The limiter's answer: the usage that the headers describe and, if refused, the whole seconds to wait."""

    admitted: bool
    described: Usage
    charges: Sequence[tuple[Policy, str]]
    at: int
    usages: list[Usage] = field(repr=False)

    @property
    def retry_after(self) -> int:
        return max(1, _divide_up(self.described.wait, SECOND))


class Limiter:
    """Counters of all subjects. A counter that was not touched for a whole window is forgotten."""

    def __init__(self, algorithm: Algorithm, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._lock = threading.Lock()
        self.use(algorithm)

    def use(self, algorithm: Algorithm) -> None:
        """Change the algorithm and begin anew."""
        self._new = ALGORITHMS[algorithm]
        self.algorithm = algorithm
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._counters: defaultdict[str, OrderedDict[str, Counter]] = defaultdict(OrderedDict)
            self._latest = 0

    def admit(self, charges: Sequence[tuple[Policy, str]], now: int) -> Admission:
        """Charge one unit of each policy to its subject, or refuse and charge nothing. `charges` is not empty."""
        with self._lock:
            # Requests read the clock before they get here and may overtake one another on the way.
            now = self._latest = max(now, self._latest)
            counters = [self._counter(policy, subject, now) for policy, subject in charges]
            waits = [counter.wait(policy, now) for counter, (policy, _) in zip(counters, charges, strict=True)]
            admitted = not any(waits)
            if admitted:
                for counter, (policy, subject) in zip(counters, charges, strict=True):
                    counter.take(policy, now)
                    self._keep(policy, subject, counter)
            usages = [
                Usage(policy, counter.remaining(policy, now), counter.reset(policy, now), wait)
                for counter, (policy, _), wait in zip(counters, charges, waits, strict=True)
            ]
        return Admission(admitted, _described(usages, admitted), charges, now, usages)

    def refund(self, admission: Admission) -> None:
        """Give back what refundable policies were charged; the admission then describes what is left."""
        with self._lock:
            for index, (policy, subject) in enumerate(admission.charges):
                counter = self._counters[policy.name].get(subject)
                if policy.refundable and counter is not None:
                    counter.give_back(policy, admission.at)
                    now = max(admission.at, self._latest)
                    admission.usages[index] = Usage(policy, counter.remaining(policy, now), counter.reset(policy, now))
        admission.described = _described(admission.usages, admission.admitted)

    def size(self) -> int:
        """Counters held, over all policies."""
        return sum(map(len, self._counters.values()))

    def _counter(self, policy: Policy, subject: str, now: int) -> Counter:
        counters = self._counters[policy.name]
        while counters and now >= next(iter(counters.values())).touched + policy.window:
            counters.popitem(last=False)
        return counters.get(subject) or self._new()

    def _keep(self, policy: Policy, subject: str, counter: Counter) -> None:
        counters = self._counters[policy.name]
        counters[subject] = counter
        counters.move_to_end(subject)


def _described(usages: Sequence[Usage], admitted: bool) -> Usage:
    if not admitted:
        return max(usages, key=lambda usage: usage.wait)
    return min(usages, key=lambda usage: (usage.remaining / usage.policy.limit, -usage.policy.window))


def _divide_up(number: int, divisor: int) -> int:
    return -(-number // divisor)

"""The counters of a rate limit, one class for each algorithm.

Times are nanoseconds and handed in; all arithmetic is on integers, so that what a header promises is exact.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

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

    def leave(self, policy: Policy, remaining: int, now: int) -> None:
        """Make it so that just `remaining` units are left."""

    def dump(self) -> list[int]:
        """All it knows, for `load`."""

    def load(self, dumped: Sequence[int]) -> None: ...


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

    def leave(self, policy: Policy, remaining: int, now: int) -> None:
        if self._used(policy, now) == 0:
            self.begins = now
        self.used = policy.limit - remaining
        self.touched = now

    def dump(self) -> list[int]:
        return [self.touched, self.begins, self.used]

    def load(self, dumped: Sequence[int]) -> None:
        self.touched, self.begins, self.used = dumped


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

    def leave(self, policy: Policy, remaining: int, now: int) -> None:
        self.log = deque([now] * (policy.limit - remaining))
        self.touched = now

    def dump(self) -> list[int]:
        return [self.touched, *self.log]

    def load(self, dumped: Sequence[int]) -> None:
        self.touched, *log = dumped
        self.log = deque(log)


class TokenBucket:
    """As many tokens as the limit, full at the start, refilled at limit/window.

    One number is kept: what was missing at `touched`, in nanoseconds times the limit. In that unit a token is exactly a
    `window`, and `limit` of it comes back each nanosecond, so nothing is ever rounded but the answers.
    """

    __slots__ = ("missing", "touched")

    def __init__(self) -> None:
        self.missing = self.touched = 0

    def _missing(self, policy: Policy, now: int) -> int:
        return max(0, self.missing - (now - self.touched) * policy.limit)

    def wait(self, policy: Policy, now: int) -> int:
        lacking = self._missing(policy, now) + policy.window - policy.limit * policy.window
        return max(0, divide_up(lacking, policy.limit))

    def take(self, policy: Policy, now: int) -> None:
        self.missing = self._missing(policy, now) + policy.window
        self.touched = now

    def give_back(self, policy: Policy, taken: int) -> None:
        self.missing -= policy.window

    def remaining(self, policy: Policy, now: int) -> int:
        return (policy.limit * policy.window - self._missing(policy, now)) // policy.window

    def reset(self, policy: Policy, now: int) -> int:
        return now + divide_up(self._missing(policy, now), policy.limit)

    def leave(self, policy: Policy, remaining: int, now: int) -> None:
        self.missing = (policy.limit - remaining) * policy.window
        self.touched = now

    def dump(self) -> list[int]:
        return [self.touched, self.missing]

    def load(self, dumped: Sequence[int]) -> None:
        self.touched, self.missing = dumped


ALGORITHMS: Mapping[Algorithm, type[FixedWindow] | type[SlidingWindow] | type[TokenBucket]] = {
    "fixed-window": FixedWindow,
    "sliding-window": SlidingWindow,
    "token-bucket": TokenBucket,
}


def divide_up(number: int, divisor: int) -> int:
    return -(-number // divisor)

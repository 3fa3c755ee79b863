"""How the algorithms of rate limits count: what a server that runs one of them has used up, and when.

Moments are Unix time in seconds, in order; a policy is unused before the first. One more algorithm is one more class
here, and one more line in `ALGORITHMS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, repeat
from math import ceil

from contracts.spec.contract import Policy


class Counting(ABC):
    """Of one algorithm."""

    in_windows = False
    """Units come back all at once, when a window ends."""

    by_clock = False
    """Windows begin at multiples of their length since 1970, whoever asks."""

    refills = False
    """Units come back all the time."""

    windows = 1
    """So many windows after it was taken a unit counts for nothing."""

    @abstractmethod
    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        """Units in use after the last of the requests at those moments."""

    @abstractmethod
    def unused(self, policy: Policy, moments: Sequence[float]) -> float:
        """When nothing is in use any more, of what these took."""

    def frees(self, policy: Policy, taken: float) -> float:
        """When a unit is back that was the first to be taken, after nothing was in use."""
        return taken + policy.window

    def returned(self, policy: Policy, seconds: float) -> float:
        """Units that come back, at most, within so many seconds (less than a window) after the first was taken."""
        return 0.0


class FixedWindow(Counting):
    in_windows = True

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        begun = self._begun(policy, moments)
        return sum(moment >= begun for moment in moments)

    def unused(self, policy: Policy, moments: Sequence[float]) -> float:
        return self._begun(policy, moments) + policy.window

    def _begun(self, policy: Policy, moments: Sequence[float]) -> float:
        begun = moments[0]
        for now in moments:
            if now >= begun + policy.window:
                begun = now
        return begun


class AlignedFixedWindow(FixedWindow):
    by_clock = True

    def frees(self, policy: Policy, taken: float) -> float:
        return self._begun(policy, [taken]) + policy.window

    def _begun(self, policy: Policy, moments: Sequence[float]) -> float:
        return moments[-1] // policy.window * policy.window


class SlidingWindow(Counting):
    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        return sum(moment > moments[-1] - policy.window for moment in moments)

    def unused(self, policy: Policy, moments: Sequence[float]) -> float:
        return moments[-1] + policy.window


class SlidingWindowCounter(Counting):
    """Requests of the window before weigh less, second by second, so all that is told of them is rounded down."""

    by_clock = True
    windows = 2

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        window, elapsed = divmod(moments[-1], policy.window)
        older = sum(moment // policy.window == window - 1 for moment in moments)
        share = 1 - Fraction(elapsed) / policy.window
        return sum(moment // policy.window == window for moment in moments) + int(older * share)

    def unused(self, policy: Policy, moments: Sequence[float]) -> float:
        window = moments[-1] // policy.window
        current = sum(moment // policy.window == window for moment in moments)
        return (window + 2 - 1 / current) * policy.window

    def frees(self, policy: Policy, taken: float) -> float:
        return (taken // policy.window + 1) * policy.window

    def returned(self, policy: Policy, seconds: float) -> float:
        return seconds * policy.limit / policy.window


class TokenBucket(Counting):
    refills = True

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        return ceil(self._missing(policy, moments))

    def unused(self, policy: Policy, moments: Sequence[float]) -> float:
        return moments[-1] + float(self._missing(policy, moments)) * policy.window / policy.limit

    def frees(self, policy: Policy, taken: float) -> float:
        return taken + policy.window / policy.limit

    def returned(self, policy: Policy, seconds: float) -> float:
        return seconds * policy.limit / policy.window

    def _missing(self, policy: Policy, moments: Sequence[float]) -> Fraction:
        missing, before = Fraction(0), moments[0]
        for now in moments:
            missing = max(Fraction(0), missing - Fraction(now - before) * policy.limit / policy.window) + 1
            before = now
        return missing


ALGORITHMS: Mapping[str, Counting] = {
    "fixed-window": FixedWindow(),
    "aligned-fixed-window": AlignedFixedWindow(),
    "sliding-window": SlidingWindow(),
    "sliding-window-counter": SlidingWindowCounter(),
    "token-bucket": TokenBucket(),
}
BY_REQUEST, BY_CLOCK = "fixed-window", "aligned-fixed-window"
UNSURE = 2  # units by which what is admitted may be another: Date tells the clock to a second


def used(algorithm: str, policy: Policy, moments: Sequence[float]) -> list[int]:
    """Units in use after each of the requests at those moments."""
    count = ALGORITHMS[algorithm].used
    return [count(policy, moments[: n + 1]) for n in range(len(moments))]


@dataclass(frozen=True, slots=True)
class Counted(ABC):
    """How a server was seen to count: of a policy that was unused, at moments in Unix seconds."""

    policy: Policy
    moments: Sequence[float]

    @abstractmethod
    def fits(self, algorithm: str) -> bool: ...

    @abstractmethod
    def expected(self, algorithm: str) -> str: ...

    @property
    @abstractmethod
    def seen(self) -> str:
        """Reads on from "the server"."""

    @property
    def known_by(self) -> str | None:
        """The algorithm that counts like that."""
        return next((name for name in ALGORITHMS if self.fits(name)), None)

    @property
    def since(self) -> str:
        return listed([round(moment - self.moments[0]) for moment in self.moments])


@dataclass(frozen=True, slots=True)
class Told(Counted):
    """`units` were in use after each of the requests."""

    units: Sequence[int]

    def fits(self, algorithm: str) -> bool:
        return used(algorithm, self.policy, self.moments) == list(self.units)

    def expected(self, algorithm: str) -> str:
        return f"{listed(used(algorithm, self.policy, self.moments))} units in use at {self.since} s"

    @property
    def seen(self) -> str:
        return f"counted {listed(self.units)}"


@dataclass(frozen=True, slots=True)
class AskedOn(Counted):
    """So many requests at each moment were admitted. From `last` on it was asked until it refused: those are the
    moments of what was admitted then, and of the refusal."""

    requests: Sequence[int]
    last: Sequence[float]

    def fits(self, algorithm: str) -> bool:
        return abs(self._admitted(algorithm) - self._seen) <= UNSURE

    def expected(self, algorithm: str) -> str:
        before = f"{listed(self.requests)} at {self.since} s"
        return f"{self._admitted(algorithm)} requests to be admitted {self._later} s after the first of {before}"

    @property
    def seen(self) -> str:
        return f"admitted {self._seen}"

    @property
    def _seen(self) -> int:
        return len(self.last) - 1

    @property
    def _later(self) -> int:
        return round(self.last[0] - self.moments[0])

    def _admitted(self, algorithm: str) -> int:
        """How many a server that counts so would have admitted; beyond what was sent, at the moment of the refusal."""
        count = ALGORITHMS[algorithm].used
        taken = [moment for moment, many in zip(self.moments, self.requests, strict=True) for _ in range(many)]
        for admitted, moment in enumerate(chain(self.last, repeat(self.last[-1]))):
            taken.append(moment)
            if count(self.policy, taken) > self.policy.limit:
                return admitted
        raise AssertionError("each request takes a unit")


def listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))

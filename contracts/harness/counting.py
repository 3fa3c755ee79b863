"""How the algorithms of rate limits count: what a server that runs one of them has used up, and when.

Moments are Unix time in seconds, in order; a policy is unused before the first. One more algorithm is one more class
here, and one more line in `ALGORITHMS`.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Protocol

from contracts.spec.contract import Policy


class Counting(Protocol):
    """Of one algorithm."""

    in_windows: bool
    """Units come back all at once, when a window ends, and until then Reset stays what it is."""

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        """Units in use after the last of the requests at those moments."""


class FixedWindow:
    in_windows = True

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        begun, count = float("-inf"), 0
        for now in moments:
            begun, count = (now, 1) if now >= begun + policy.window else (begun, count + 1)
        return count


class AlignedFixedWindow:
    in_windows = True

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        return sum(moment // policy.window == moments[-1] // policy.window for moment in moments)


class SlidingWindow:
    in_windows = False

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        return sum(moment > moments[-1] - policy.window for moment in moments)


class SlidingWindowCounter:
    in_windows = False

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        window, elapsed = divmod(moments[-1], policy.window)
        older = sum(moment // policy.window == window - 1 for moment in moments)
        share = 1 - Fraction(elapsed) / policy.window
        return sum(moment // policy.window == window for moment in moments) + int(older * share)


class TokenBucket:
    in_windows = False

    def used(self, policy: Policy, moments: Sequence[float]) -> int:
        missing, before = Fraction(0), moments[0]
        for now in moments:
            missing = max(Fraction(0), missing - Fraction(now - before) * policy.limit / policy.window) + 1
            before = now
        return ceil(missing)


ALGORITHMS: Mapping[str, Counting] = {
    "fixed-window": FixedWindow(),
    "aligned-fixed-window": AlignedFixedWindow(),
    "sliding-window": SlidingWindow(),
    "sliding-window-counter": SlidingWindowCounter(),
    "token-bucket": TokenBucket(),
}
BUCKET, BY_REQUEST, BY_CLOCK = "token-bucket", "fixed-window", "aligned-fixed-window"


def used(algorithm: str, policy: Policy, moments: Sequence[float]) -> list[int]:
    """Units in use after each of the requests at those moments."""
    count = ALGORITHMS[algorithm].used
    return [count(policy, moments[: n + 1]) for n in range(len(moments))]


def returned(algorithm: str, policy: Policy, seconds: float) -> float:
    """Units that come back within so many seconds, fewer than the window has, after the first was taken, at most."""
    steadily = not ALGORITHMS[algorithm].in_windows and algorithm != "sliding-window"
    return seconds * policy.limit / policy.window if steadily else 0.0


def until_unused(algorithm: str, policy: Policy) -> float:
    """Seconds until one unit, just taken, is back."""
    return policy.window / policy.limit if algorithm == BUCKET else policy.window


def known_by(policy: Policy, moments: Sequence[float], seen: Sequence[int]) -> str | None:
    """The algorithm that counts like that."""
    return next((name for name in ALGORITHMS if used(name, policy, moments) == list(seen)), None)

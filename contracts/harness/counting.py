"""How the algorithms of rate limits count: what a server that runs one of them has used up, and when.

Moments are seconds on any one line of time, in order; a policy is unused before the first.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

from contracts.spec.contract import Algorithm, Policy


def used(algorithm: Algorithm, policy: Policy, moments: Sequence[float]) -> list[int]:
    """Units in use after each of the requests at those moments."""
    match algorithm:
        case "fixed-window":
            return _fixed(policy, moments)
        case "sliding-window":
            return [sum(then > now - policy.window for then in moments[: n + 1]) for n, now in enumerate(moments)]
        case "token-bucket":
            return _bucket(policy, moments)


def used_by_the_clock(policy: Policy, moments: Sequence[float]) -> list[int]:
    """As `used`, in fixed windows that begin at whole multiples of their length."""
    windows = [now // policy.window for now in moments]
    return [windows[: n + 1].count(window) for n, window in enumerate(windows)]


def returned(algorithm: Algorithm, policy: Policy, seconds: float) -> float:
    """Units that come back within so many seconds, fewer than the window has, after the first was taken."""
    return seconds * policy.limit / policy.window if algorithm == "token-bucket" else 0.0


def until_unused(algorithm: Algorithm, policy: Policy) -> float:
    """Seconds until one unit, just taken, is back."""
    return policy.window / policy.limit if algorithm == "token-bucket" else policy.window


def known_by(policy: Policy, moments: Sequence[float], seen: Sequence[int]) -> Algorithm | None:
    """The algorithm that counts like that."""
    every: Mapping[Algorithm, list[int]] = {
        "fixed-window": used("fixed-window", policy, moments),
        "sliding-window": used("sliding-window", policy, moments),
        "token-bucket": used("token-bucket", policy, moments),
    }
    return next((algorithm for algorithm, expected in every.items() if expected == list(seen)), None)


def _fixed(policy: Policy, moments: Sequence[float]) -> list[int]:
    counts: list[int] = []
    begun = float("-inf")
    for now in moments:
        if now >= begun + policy.window:
            begun = now
            counts.append(1)
        else:
            counts.append(counts[-1] + 1)
    return counts


def _bucket(policy: Policy, moments: Sequence[float]) -> list[int]:
    counts: list[int] = []
    missing, before = Fraction(0), moments[0] if moments else 0.0
    for now in moments:
        missing = max(Fraction(0), missing - Fraction(now - before) * policy.limit / policy.window) + 1
        before = now
        counts.append(ceil(missing))
    return counts

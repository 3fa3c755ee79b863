"""Each limit algorithm once more, too simple to be wrong."""

from fractions import Fraction

from mockserver.limits.algorithms import Policy
from mockserver.ports import SECOND

EPOCH = 1_764_576_000 * SECOND


class FixedOracle:
    """The window that is open, and the units taken in it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.begins = 0
        self.units: list[int] = []

    def remaining(self, at: int) -> int:
        return self.policy.limit - (len(self.units) if at < self.begins + self.policy.window else 0)

    def take(self, now: int) -> None:
        if self.remaining(now) == self.policy.limit:
            self.begins, self.units = now, []
        self.units.append(now)

    def give_back(self, taken: int, now: int) -> None:
        if taken in self.units:
            self.units.remove(taken)

    def leave(self, remaining: int, now: int) -> None:
        if self.remaining(now) == self.policy.limit:
            self.begins = now
        self.units = [now] * (self.policy.limit - remaining)


class AlignedOracle(FixedOracle):
    """Every unit ever taken; those of the clock's own window count."""

    def remaining(self, at: int) -> int:
        window = self.policy.window
        return self.policy.limit - sum(unit // window == at // window for unit in self.units)

    def take(self, now: int) -> None:
        self.units.append(now)

    def leave(self, remaining: int, now: int) -> None:
        self.units = [now] * (self.policy.limit - remaining)


class WeightedOracle(AlignedOracle):
    """Those of the window before count for the part of it that a window that ends now still covers."""

    def remaining(self, at: int) -> int:
        window = self.policy.window
        older = sum(unit // window == at // window - 1 for unit in self.units)
        weight = Fraction(window - at % window, window)
        return super().remaining(at) - int(older * weight)


class SlidingOracle:
    """Every unit ever taken; those in (at − window, at] count."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.units: list[int] = []

    def remaining(self, at: int) -> int:
        return self.policy.limit - sum(at - self.policy.window < unit <= at for unit in self.units)

    def take(self, now: int) -> None:
        self.units.append(now)

    def give_back(self, taken: int, now: int) -> None:
        self.units.remove(taken)

    def leave(self, remaining: int, now: int) -> None:
        self.units = [now] * (self.policy.limit - remaining)


class TokenOracle:
    """A bucket of fractional tokens, looked at last at some moment."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.tokens, self.seen = Fraction(policy.limit), EPOCH

    def at(self, moment: int) -> Fraction:
        refilled = self.tokens + Fraction((moment - self.seen) * self.policy.limit, self.policy.window)
        return min(Fraction(self.policy.limit), refilled)

    def remaining(self, at: int) -> int:
        return int(self.at(at))

    def take(self, now: int) -> None:
        self.tokens, self.seen = self.at(now) - 1, now

    def give_back(self, taken: int, now: int) -> None:
        self.tokens, self.seen = min(Fraction(self.policy.limit), self.at(now) + 1), now

    def leave(self, remaining: int, now: int) -> None:
        self.tokens, self.seen = Fraction(remaining), now


Oracle = FixedOracle | SlidingOracle | TokenOracle
ORACLES: dict[str, type[Oracle]] = {
    "fixed-window": FixedOracle,
    "aligned-fixed-window": AlignedOracle,
    "sliding-window": SlidingOracle,
    "sliding-window-counter": WeightedOracle,
    "token-bucket": TokenOracle,
}

"""How far another process's clock is from ours, from pairs of readings that went to and fro."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One exchange, seconds: sent and arrived by our clock, received and answered by the other's."""

    sent: float
    received: float
    answered: float
    arrived: float

    @property
    def under_way(self) -> float:
        """There and back again, without what the other took to answer."""
        return (self.arrived - self.sent) - (self.answered - self.received)


@dataclass(frozen=True, slots=True)
class Skew:
    """The other's clock shows ours plus `ahead`, give or take `unsure` (seconds)."""

    ahead: float
    unsure: float


def skew(readings: Sequence[Reading]) -> Skew:
    """By the exchange that was under way for the shortest time: whichever way took how much of it, it errs by half."""
    best = min(readings, key=lambda reading: reading.under_way)
    ahead = ((best.received - best.sent) + (best.answered - best.arrived)) / 2
    return Skew(ahead, max(best.under_way, 0.0) / 2)


def strayed(begun: Skew, before: Skew, after: Skew) -> tuple[float, float]:
    """Seconds, at least and at most, by which a timeline that `begun` set was ahead at any moment between the others.

    However fast its clock drifts meanwhile, as long as it is the same way all the time.
    """
    least = min(each.ahead - each.unsure for each in (before, after))
    most = max(each.ahead + each.unsure for each in (before, after))
    return least - begun.ahead, most - begun.ahead

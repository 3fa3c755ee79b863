"""Whether keys that ask alike are admitted alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadtests.limiter.stream import unclear
from loadtests.measure.observation import Observation

PAUSE = 2.0  # seconds without a request that part one occasion from the next
ALIKE = 0.9  # of the most that a key was admitted; below, one is treated worse
LUCK = 2  # requests more or less


@dataclass(frozen=True, slots=True)
class Fairness:
    """`share`: of what the luckiest key was admitted, what the unluckiest was, where both asked alike; None: never."""

    share: float | None
    sentence: str

    @property
    def fair(self) -> bool | None:
        return None if self.share is None else self.share >= ALIKE


def fairness(operation: str, observations: Sequence[Observation]) -> Fairness:
    """Of one operation, over all occasions until one key may have less left than another: it has asked more often, or
    nobody can tell whether it was counted."""
    asked = [seen for seen in observations if seen.operation == operation]
    keys = sorted({seen.key for seen in asked})
    if len(keys) < 2:
        return Fairness(None, "one key asked: fairness takes two")
    admitted: Counter[str] = Counter()
    occasions = 0
    for occasion in _occasions(asked):
        counts = Counter(seen.key for seen in occasion)
        if len(counts) < len(keys) or len(set(counts.values())) > 1 or any(map(unclear, occasion)):
            break
        occasions += 1
        admitted.update(seen.key for seen in occasion if not seen.refused)
    most, least = max(keys, key=lambda key: admitted[key]), min(keys, key=lambda key: admitted[key])
    if not admitted[most]:
        return Fairness(None, "the keys never asked alike")
    share = 1.0 if admitted[most] - admitted[least] <= LUCK else admitted[least] / admitted[most]
    return Fairness(
        share,
        f"asking alike on {occasions} occasions, {most} was admitted {admitted[most]} times, {least} {admitted[least]}",
    )


def _occasions(asked: Sequence[Observation]) -> Iterator[list[Observation]]:
    occasion: list[Observation] = []
    for seen in sorted(asked, key=lambda seen: seen.sent):
        if occasion and seen.sent > occasion[-1].sent + PAUSE:
            yield occasion
            occasion = []
        occasion.append(seen)
    yield occasion

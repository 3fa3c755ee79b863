"""A policy that is to be found out, and who may ask for it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from loadtests.measure.observation import Observation

WINDOWS = 4  # that a plain round uses up, at most


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever is thought to have a counter alone; asks with each of its keys and for each of its subjects in turn."""

    keys: tuple[str, ...]
    subjects: tuple[str, ...] = ("",)


class Other(NamedTuple):
    """Another policy: limit, window in seconds, and what of a request it counts by."""

    limit: int
    window: int
    by: Literal["key", "subject"] = "key"

    def label(self, key: str, subject: str) -> str:
        return key if self.by == "key" else subject


@dataclass(frozen=True, slots=True)
class Target:
    """What is thought of a policy before it is asked: only where to look first.

    Two askers show whether they share a counter. `companions` are operations that may draw on the same policy: each is
    asked a few times. `others` are the policies that count the operation, too, and must not be used up on the way.
    """

    policy: str
    operation: str
    limit: int
    window: int
    askers: tuple[Asker, ...]
    companions: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()

    def __post_init__(self) -> None:
        if not self.askers:
            raise ValueError(f"nobody can ask for {self.policy}: it needs a key or a subject")

    @property
    def paces(self) -> tuple[Other, ...]:
        """Those of the others that a burst would run into."""
        return tuple(other for other in self.others if other.window < self.window)

    @property
    def is_dear(self) -> bool:
        """Whether asking with all askers as often as one likes would use up another policy."""
        for other in self.others:
            labels = Counter(other.label(asker.keys[0], asker.subjects[0]) for asker in self.askers)
            windows = min(math.ceil(other.window / self.window) + 1, WINDOWS)
            if other.window < self.window or max(labels.values()) * windows * self.limit > self._most(other):
                return True
        return False

    @property
    def is_tight(self) -> bool:
        """Whether using up three windows one after the other, by one asker, would use up a longer policy."""
        return any(
            other.window >= self.window
            and (3 if other.window >= 2 * self.window else 2) * self.limit + 1 > self._most(other)
            for other in self.others
        )

    def _most(self, other: Other) -> int:
        """That an asker may ask before another policy refuses."""
        asker = self.askers[0]
        return other.limit * len(asker.keys if other.by == "key" else asker.subjects)

    @property
    def operations(self) -> tuple[str, ...]:
        return (self.operation, *self.companions)

    def meets(self, other: "Target") -> bool:
        """Whether what is asked for one may be counted for the other."""
        keys = ({key for asker in each.askers for key in asker.keys} for each in (self, other))
        return bool(set(self.operations) & set(other.operations) or set.intersection(*keys))

    def relevant(self, observations: Sequence[Observation]) -> list[Observation]:
        return [seen for seen in observations if seen.operation in self.operations]

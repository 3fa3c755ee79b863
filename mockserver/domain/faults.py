"""What goes wrong on purpose: which requests match a fault, for which of those it fires, and what it does to them.

Chance is a function of seed and number, so the same seed fires for the same requests, whoever counts them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from math import exp
from typing import Any, Self

from mockserver.domain import matching
from mockserver.domain.matching import REQUEST_WORDS, Asked, criterion, having_header

LONGEST = 3600
"""Seconds that an answer may be held back."""

KINDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "latency": (("seconds",), ("min", "max"), ("median", "sigma")),
    "error": (("cause",), ("status",)),
    "connection-closed": ((),),
    "connection-reset": ((),),
    "response-lost": ((),),
    "truncated-body": ((), ("bytes",)),
    "malformed-json": ((),),
    "wrong-content-type": ((), ("content_type",)),
    "slow-body": ((), ("seconds",)),
}
"""What each kind of action is told: one of the sets of members."""

_OPTIONAL = {"error": "retry_after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done to a request. Raises ValueError, a sentence that begins with the place.

    `seconds` is how long a latency is, or a slow body takes; a latency may be uniform between `min` and `max` seconds,
    or lognormal by its `median` in seconds and `sigma`. `cause` is a key of the contract's `x-errors`; `retry_after` is
    in whole seconds. `bytes` of a truncated body arrive, half of it by default.
    """

    kind: str
    seconds: float | None = None
    min: float | None = None
    max: float | None = None
    median: float | None = None
    sigma: float | None = None
    cause: str | None = None
    status: int | None = None
    retry_after: int | None = None
    bytes: int | None = None
    content_type: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"action.kind must be one of {', '.join(KINDS)}")
        told = {name for name, value in asdict(self).items() if value is not None} - {"kind", _OPTIONAL.get(self.kind)}
        choices = KINDS[self.kind]
        if told not in map(set, choices):
            ways = " or ".join(" and ".join(members) or "nothing" for members in choices)
            raise ValueError(f"action of kind {self.kind} takes {ways}")
        for name in ("seconds", "min", "max", "median"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LONGEST:
                raise ValueError(f"action.{name} must be from 0 to {LONGEST} seconds")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("action.min must not be more than action.max")

    def delay(self, seed: int, number: int) -> float:
        """Seconds that a latency holds back the answer to the request of that number; other kinds hold back none."""
        if self.kind != "latency":
            return 0.0
        if self.seconds is not None:
            return self.seconds
        drawn = _chance(seed, "latency", number)
        if self.min is not None and self.max is not None:
            return self.min + (self.max - self.min) * drawn
        if self.median is not None and self.sigma is not None:
            from statistics import NormalDist  # takes as long to import as all of this folder

            return min(self.median * exp(self.sigma * NormalDist().inv_cdf(drawn)), LONGEST)
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which requests match: all that have everything that is named.

    `operation` is an operationId, `organization` the slug of the one that the request's key belongs to, `key` the id
    of that key, `header` the values of headers by name.
    """

    operation: str | None = None
    organization: str | None = None
    key: str | None = None
    header: Mapping[str, str] = field(default_factory=dict)

    def fits(self, asked: Asked) -> bool:
        return self._meant(asked)

    @cached_property
    def _meant(self) -> matching.Match[Asked]:
        stated = ("operation", self.operation), ("organization", self.organization), ("key", self.key)
        named = [criterion(word, wanted, REQUEST_WORDS) for word, wanted in stated if wanted is not None]
        headers = [having_header(name, value, f"{name}: {value}") for name, value in self.header.items()]
        return matching.Match((*named, *headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Fires for every `every`-th of the requests that match, with `probability`, `times` times at most.

    Raises ValueError, a sentence that begins with the place.
    """

    action: Action
    match: Match = field(default_factory=Match)
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1")
        if self.every < 1:
            raise ValueError("every must be at least 1")
        if not 0 < self.probability <= 1:
            raise ValueError("probability must be more than 0 and at most 1")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From what `values` gave. Raises ValueError; TypeError for members that there are not."""
        return cls(
            **{**values, "action": Action(**values["action"]), "match": Match(**values.get("match", {}))},
        )

    def values(self) -> dict[str, Any]:
        """As plain values, without those that say nothing."""
        stated = {**asdict(self), "action": _stated(asdict(self.action)), "match": _stated(asdict(self.match))}
        return _stated(stated)

    def fires(self, number: int, fired: int) -> bool:
        """For the request of that number, the first that matched being 1, when it has fired so many times?"""
        if (self.times is not None and fired >= self.times) or number % self.every:
            return False
        return self.probability == 1 or _chance(self.seed, "fires", number) < self.probability


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != {}}


def _chance(seed: int, what: str, number: int) -> float:
    """Within (0, 1), and never either end."""
    drawn = sha256(f"{seed} {what} {number}".encode()).digest()
    return (int.from_bytes(drawn[:6]) + 0.5) / 2**48

"""Rate limits: the policies of one request are admitted together, or not at all.

How an algorithm counts is the business of `algorithms.py`; here: who owns which counter, what is charged, and who is
forgotten.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mockserver.limits.algorithms import ALGORITHMS, Algorithm, Counter, Policy, divide_up
from mockserver.ports import SECOND


class Usage(NamedTuple):
    """What the headers say of one policy; `reset` and `wait` in nanoseconds."""

    policy: Policy
    remaining: int
    reset: int
    wait: int = 0

    @property
    def reset_seconds(self) -> int:
        return divide_up(self.reset, SECOND)


@dataclass(slots=True)
class Admission:
    """The limiter's answer: the usage that the headers describe and, if refused, the whole seconds to wait."""

    admitted: bool
    described: Usage
    charges: Sequence[tuple[Policy, str]]
    at: int

    @property
    def retry_after(self) -> int:
        return max(1, divide_up(self.described.wait, SECOND))


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
            if now < self._latest:
                now = self._latest
            self._latest = now
            counters: list[Counter] = []
            refusal, longest = None, 0
            for policy, subject in charges:
                counter = self._counter(policy, subject, now)
                counters.append(counter)
                wait = self._wait(policy, counter, now)
                if wait > longest:  # of the policies that refuse, the one with the longest wait is described
                    refusal, longest = _usage(policy, counter, now, wait), wait
            if refusal is not None:
                return Admission(False, refusal, charges, now)
            for (policy, subject), counter in zip(charges, counters, strict=True):
                counter.take(policy, now)
                self._keep(policy, subject, counter)
            return Admission(True, _tightest(charges, counters, now), charges, now)

    def refund(self, admission: Admission) -> None:
        """Give back what refundable policies were charged; the admission then describes what is left."""
        if not any(policy.refundable for policy, _ in admission.charges):
            return
        with self._lock:
            now = max(admission.at, self._latest)
            counters = [self._counter(policy, subject, now) for policy, subject in admission.charges]
            for (policy, _), counter in zip(admission.charges, counters, strict=True):
                if policy.refundable:
                    counter.give_back(policy, admission.at)
            admission.described = _tightest(admission.charges, counters, now)

    def usages(self, policies: Iterable[Policy], now: int) -> list[tuple[str, Usage]]:
        """Subject and usage of every counter that is not forgotten."""
        with self._lock:
            return [
                (subject, _usage(policy, counter, now))
                for policy in policies
                for subject, counter in self._counters[policy.name].items()
                if now < counter.touched + policy.window
            ]

    def leave(self, policy: Policy, subject: str, remaining: int, now: int) -> Usage:
        """Set what a subject has left. Raises ValueError unless that is 0 to the policy's limit."""
        if not 0 <= remaining <= policy.limit:
            raise ValueError(f"remaining must be 0 to {policy.limit}, the limit of {policy.name}")
        with self._lock:
            now = self._latest = max(now, self._latest)
            counter = self._counter(policy, subject, now)
            counter.leave(policy, remaining, now)
            self._keep(policy, subject, counter)
            return _usage(policy, counter, now)

    def forget(self, policies: Iterable[Policy], now: int) -> None:
        """Drop every counter that was not touched for a whole window."""
        with self._lock:
            for policy in policies:
                self._forget(policy, now)

    def next_due(self, policies: Iterable[Policy]) -> int | None:
        """When the first counter is to be forgotten."""
        with self._lock:
            first = [
                next(iter(counters.values())).touched + policy.window
                for policy in policies
                if (counters := self._counters.get(policy.name))
            ]
        return min(first, default=None)

    def size(self) -> int:
        """Counters held, over all policies."""
        with self._lock:
            return sum(map(len, self._counters.values()))

    def dump(self) -> dict[str, dict[str, list[int]]]:
        """Every counter by policy and subject, for `load`."""
        with self._lock:
            return {
                policy: {subject: counter.dump() for subject, counter in counters.items()}
                for policy, counters in self._counters.items()
                if counters
            }

    def load(self, algorithm: Algorithm, dumped: Mapping[str, Mapping[str, Sequence[int]]]) -> None:
        """Take over counters dumped under that algorithm. Raises ValueError for what is none, changing nothing."""
        counters: defaultdict[str, OrderedDict[str, Counter]] = defaultdict(OrderedDict)
        for policy, subjects in dumped.items():
            for subject, numbers in subjects.items():
                counters[policy][subject] = counter = ALGORITHMS[algorithm]()
                counter.load(numbers)
        with self._lock:
            self.algorithm, self._new = algorithm, ALGORITHMS[algorithm]
            self._counters, self._latest = counters, 0

    def _wait(self, policy: Policy, counter: Counter, now: int) -> int:
        return counter.wait(policy, now)

    def _counter(self, policy: Policy, subject: str, now: int) -> Counter:
        counter = self._counters[policy.name].get(subject)
        if counter is None:
            # Only newcomers make memory grow, so it is they who see to it that the forgotten go.
            self._forget(policy, now)
            counter = self._new()
        return counter

    def _forget(self, policy: Policy, now: int) -> None:
        counters = self._counters[policy.name]
        while counters and now >= next(iter(counters.values())).touched + policy.window:
            counters.popitem(last=False)
        if not counters:
            del self._counters[policy.name]  # an emptied table keeps its size

    def _keep(self, policy: Policy, subject: str, counter: Counter) -> None:
        counters = self._counters[policy.name]
        counters[subject] = counter
        counters.move_to_end(subject)


def _tightest(charges: Sequence[tuple[Policy, str]], counters: Sequence[Counter], now: int) -> Usage:
    """Of the policies that admitted, the one with the least remaining/limit; ties: the longer window."""
    if len(charges) == 1:
        return _usage(charges[0][0], counters[0], now)
    policy, counter = min(
        ((policy, counter) for (policy, _), counter in zip(charges, counters, strict=True)),
        key=lambda held: (held[1].remaining(held[0], now) / held[0].limit, -held[0].window),
    )
    return _usage(policy, counter, now)


def _usage(policy: Policy, counter: Counter, now: int, wait: int = 0) -> Usage:
    return Usage(policy, counter.remaining(policy, now), counter.reset(policy, now), wait)

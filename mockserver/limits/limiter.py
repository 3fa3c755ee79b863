"""Rate limits: the policies of one request are admitted together, or not at all.

How an algorithm counts is the business of `algorithms.py`, where its numbers are kept that of a storage; here: what is
charged to whom, and when a counter is forgotten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from mockserver.limits.algorithms import ALGORITHMS, Algorithm, Decision, Policy, divide_up
from mockserver.limits.together import ChargedCounters, GatheredCounters, Together
from mockserver.ports import SECOND, Counters, CounterState, Counting, StateUnavailableError, Switch

Charge = tuple[Policy, str]
"""A policy, and the subject that one unit of it is charged to."""


class Usage(NamedTuple):
    """What the headers say of one policy; `reset` and `wait` in nanoseconds."""

    policy: Policy
    remaining: int
    reset: int
    wait: int = 0

    @property
    def reset_seconds(self) -> int:
        return divide_up(self.reset, SECOND)

    def before(self, other: "Usage") -> bool:
        """Is a client told of this one rather than of that? Of the longest wait; else of what has the least left of its
        limit, and if both have as much, of the longer window."""
        if self.wait or other.wait:
            return self.wait > other.wait
        ours, theirs = self.remaining * other.policy.limit, other.remaining * self.policy.limit
        return ours < theirs or (ours == theirs and self.policy.window > other.policy.window)


_usage = partial(tuple.__new__, Usage)  # from its members, in half the time that a call takes


@dataclass(slots=True)
class Admission:
    """The limiter's answer: the usage that the headers describe and, if refused, the whole seconds to wait."""

    admitted: bool
    described: Usage
    charges: Sequence[Charge]
    at: int

    @property
    def retry_after(self) -> int:
        return max(1, divide_up(self.described.wait, SECOND))


class Limiter:
    """Counts every subject by one algorithm, from its name in `ALGORITHMS`. Counters and switch are in the state."""

    def __init__(
        self,
        state: Counting,
        algorithm: str | None = None,
        *,
        enabled: bool = True,
        together: bool = False,
        refused_count: bool = False,
    ) -> None:
        """Begins anew with an algorithm; without one it goes on with what the state has.

        `refused_count`: what one policy refuses is charged to the others, if they have room. `together`: what comes at
        the same time is admitted in one unit of work, where that takes long.
        """
        self._state = state
        self._refused_count = refused_count
        self._together = Together(self._admit_all, StateUnavailableError) if together else None
        if algorithm is not None:
            self.begin(algorithm, enabled=enabled)

    def begin(self, algorithm: str, *, enabled: bool = True) -> None:
        """Count by that algorithm, and nothing so far."""
        with self._state.work(alone=True) as work:
            work.counters.turn(Switch(enabled, algorithm))
            work.counters.restart({})

    @property
    def enabled(self) -> bool:
        return self._state.switch.enabled

    @property
    def algorithm(self) -> str:
        return self._state.switch.algorithm

    def turn(self, enabled: bool) -> None:
        with self._state.work(alone=True) as work:
            work.counters.turn(work.counters.switch._replace(enabled=enabled))

    def use(self, algorithm: str) -> None:
        """Change the algorithm and begin anew."""
        with self._state.work(alone=True) as work:
            work.counters.turn(work.counters.switch._replace(algorithm=algorithm))
            work.counters.restart({})

    def clear(self) -> None:
        with self._state.work(alone=True) as work:
            work.counters.restart({})

    def admit(self, charges: Sequence[Charge], now: int) -> Admission:
        """Charge one unit of each policy to its subject, or refuse and charge nothing. `charges` is not empty."""
        if self._together is not None:
            return self._together.ask((charges, now))
        return self._state.charge(self._admitted if len(charges) > 1 else self._admitted_alone, charges, now)

    def _admit_all(self, asked: Sequence[tuple[Sequence[Charge], int]]) -> Sequence[Admission]:
        """One after the other, in one unit of work."""
        if len(asked) == 1 and len(asked[0][0]) == 1:  # as most are: there is nothing to gather
            return [self._state.charge(self._admitted_alone, *asked[0])]
        names = {(policy.name, subject) for charges, _ in asked for policy, subject in charges}
        with self._state.work() as work:
            counters = GatheredCounters(work.counters, sorted(names))
            admissions = [self._admitted(counters, charges, now) for charges, now in asked]
            counters.write()
        return admissions

    def _admitted_alone(self, counters: ChargedCounters, charges: Sequence[Charge], now: int) -> Admission:
        """As `_admitted` does, by a single policy, as most requests are: in half the time."""
        ((policy, subject),) = charges
        state = counters.get(policy.name, subject)
        algorithm, now = ALGORITHMS[counters.switch.algorithm], counters.moment(now)
        if state is None:
            state = _newcomer(counters, algorithm, policy, now)
        state, (remaining, reset, wait) = self._take(algorithm, state, policy, now)
        if not wait or self._refused_count:
            counters.put(policy.name, subject, state)
        return Admission(not wait, _usage((policy, remaining, reset, wait)), charges, now)

    def _admitted(self, counters: ChargedCounters, charges: Sequence[Charge], now: int) -> Admission:
        # First what is kept: it is then that a database is asked, and `moment` goes by no other counters.
        kept = [(policy, subject, counters.get(policy.name, subject)) for policy, subject in charges]
        algorithm, now = ALGORITHMS[counters.switch.algorithm], counters.moment(now)
        taken: list[tuple[str, str, CounterState]] = []
        described = None
        for policy, subject, state in kept:
            if state is None:
                state = _newcomer(counters, algorithm, policy, now)
            state, (remaining, reset, wait) = self._take(algorithm, state, policy, now)
            taken.append((policy.name, subject, state))
            usage = _usage((policy, remaining, reset, wait))
            if described is None or usage.before(described):
                described = usage
        if described is None:
            raise ValueError("there is nothing to charge")
        if described.wait and not self._refused_count:
            return Admission(False, described, charges, now)
        for name, subject, state in taken:
            counters.put(name, subject, state)
        return Admission(not described.wait, described, charges, now)

    def refund(self, admission: Admission, given_back: Callable[[Policy], bool] = attrgetter("refundable")) -> None:
        """Give back what refundable policies were charged, or others; the admission then describes what is left."""
        if not any(given_back(policy) for policy, _ in admission.charges):
            return
        self._state.charge(self._refunded, admission, given_back)

    def _refunded(self, counters: Counters, admission: Admission, given_back: Callable[[Policy], bool]) -> None:
        held = counters.held([(policy.name, subject) for policy, subject in admission.charges])
        algorithm = ALGORITHMS[counters.switch.algorithm]
        now = counters.moment(admission.at)
        described = None
        for (policy, subject), state in zip(admission.charges, held, strict=True):
            if state is not None and given_back(policy):
                state = algorithm.give_back(state, policy, admission.at)
                counters.put(policy.name, subject, state)
            usage = Usage(policy, *algorithm.look(state or algorithm.unused, policy, now))
            if described is None or usage.before(described):
                described = admission.described = usage

    def usages(self, policies: Iterable[Policy], now: int) -> list[tuple[str, Usage]]:
        """Subject and usage of every counter that is not forgotten."""
        with self._state.look() as work:
            counters = work.counters
            algorithm = ALGORITHMS[counters.switch.algorithm]
            return [
                (subject, Usage(policy, *algorithm.look(state, policy, now)))
                for policy in policies
                for subject, state in counters.items(policy.name)
                if state[0] > now - _lifetime(policy, algorithm)
            ]

    def set_remaining(self, policy: Policy, subject: str, remaining: int, now: int) -> Usage:
        """Let a subject have so much left. Raises ValueError unless that is 0 to the policy's limit."""
        if not 0 <= remaining <= policy.limit:
            raise ValueError(f"remaining must be 0 to {policy.limit}, the limit of {policy.name}")
        with self._state.work() as work:
            counters = work.counters
            algorithm = ALGORITHMS[counters.switch.algorithm]
            state = counters.get(policy.name, subject)
            now = counters.moment(now)
            if state is None:
                state = _newcomer(counters, algorithm, policy, now)
            state = algorithm.set_remaining(state, policy, remaining, now)
            counters.put(policy.name, subject, state)
            return Usage(policy, *algorithm.look(state, policy, now))

    def next_due(self, policies: Iterable[Policy]) -> int | None:
        """When the first counter is as good as unused."""
        with self._state.look() as work:
            counters = work.counters
            algorithm = ALGORITHMS[counters.switch.algorithm]
            oldest = [(counters.oldest(policy.name), _lifetime(policy, algorithm)) for policy in policies]
        return min((touched + lifetime for touched, lifetime in oldest if touched is not None), default=None)

    def forget(self, policies: Iterable[Policy], now: int) -> None:
        """Drop every counter that has been as good as unused since before `now`."""
        with self._state.work() as work:
            counters = work.counters
            algorithm = ALGORITHMS[counters.switch.algorithm]
            for policy in policies:
                counters.forget(policy.name, now - _lifetime(policy, algorithm))

    def size(self) -> int:
        """Counters held, over all policies."""
        with self._state.look() as work:
            return sum(map(len, work.counters.contents().values()))

    def dump(self) -> dict[str, dict[str, list[int]]]:
        """Every counter by policy and subject, for `load`."""
        with self._state.look() as work:
            return {
                policy: {subject: list(state) for subject, state in states.items()}
                for policy, states in work.counters.contents().items()
            }

    def load(
        self, algorithm: str, dumped: Mapping[str, Mapping[str, Sequence[int]]], *, enabled: bool | None = None
    ) -> None:
        """Take over counters dumped under that algorithm; `enabled` None leaves as it is.

        Raises ValueError for what is none, changing nothing.
        """
        read = ALGORITHMS[algorithm].read
        contents = {
            policy: {subject: read(numbers) for subject, numbers in subjects.items()}
            for policy, subjects in dumped.items()
        }
        with self._state.work(alone=True) as work:
            turned = work.counters.switch.enabled if enabled is None else enabled
            work.counters.turn(Switch(turned, algorithm))
            work.counters.restart(contents)

    def _take(
        self, algorithm: Algorithm, state: CounterState, policy: Policy, now: int
    ) -> tuple[CounterState, Decision]:
        return algorithm.take(state, policy, now)


def _newcomer(counters: ChargedCounters, algorithm: Algorithm, policy: Policy, now: int) -> CounterState:
    """What somebody has used of whom nothing is kept. It is these who make memory grow, so they see to it that the
    forgotten go."""
    counters.forget(policy.name, now - _lifetime(policy, algorithm))
    return algorithm.unused


def _lifetime(policy: Policy, algorithm: Algorithm) -> int:
    """Nanoseconds after its last touch for which a counter counts for anything."""
    return algorithm.windows * policy.window

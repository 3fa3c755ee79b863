"""Each algorithm against an oracle that is too simple to be wrong, over random histories with moving time."""

import json
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.limits.algorithms import ALGORITHMS, Policy
from mockserver.limits.limiter import Admission, Limiter, Usage
from mockserver.ports import SECOND
from mockserver.storage.counters import MemoryCounters
from tests.effort import draws
from tests.mockserver.limits.oracles import EPOCH, ORACLES

SUBJECTS = ("one", "other")
algorithms = pytest.mark.parametrize("algorithm", ALGORITHMS)
windows = st.integers(1, 12) | st.integers(1, 3 * SECOND) | st.sampled_from([SECOND, 60 * SECOND, 86_400 * SECOND])


class LimiterMachine(RuleBasedStateMachine):
    """A limiter of three policies, the last of which gives back; two subjects each."""

    algorithm: str

    def __init__(self) -> None:
        super().__init__()
        self.limiter = Limiter(MemoryCounters(), self.algorithm)
        self.now = self.floor = EPOCH
        self.boundaries: list[int] = []
        self.refundable: list[Admission] = []

    @initialize(sizes=st.lists(st.tuples(st.integers(1, 4), windows), min_size=3, max_size=3))
    def begin(self, sizes: Sequence[tuple[int, int]]) -> None:
        self.policies = [Policy(f"p{i}", *size, "key", refundable=i == 2) for i, size in enumerate(sizes)]
        self.oracles = {(p, s): ORACLES[self.algorithm](p) for p in self.policies for s in SUBJECTS}

    @rule(nanoseconds=st.integers(0, 3) | st.integers(0, 4 * SECOND) | st.integers(0, 90_000 * SECOND))
    def time_passes(self, nanoseconds: int) -> None:
        self.now += nanoseconds

    @precondition(lambda self: self.boundaries)
    @rule(which=st.integers(0), off_by=st.integers(-1, 1))
    def time_passes_to_just_where_something_changes(self, which: int, off_by: int) -> None:
        self.now = max(self.now, self.boundaries[which % len(self.boundaries)] + off_by)

    @rule(chosen=st.sets(st.integers(0, 2), min_size=1), subject=st.sampled_from(SUBJECTS), late=st.integers(0, 5))
    def a_request_comes(self, chosen: set[int], subject: str, late: int) -> None:
        """`late`: it read the clock a little before others that overtook it, which must not turn time back."""
        charges = [(self.policies[i], subject) for i in sorted(chosen)]
        free = [self.oracles[charge].remaining(self.now) for charge in charges]
        if late and self.floor < self.now:
            self.limiter.admit([(Policy("time", 10**6, 1, "key"), "time")], self.now)
        admission = self.limiter.admit(charges, max(self.now - late, self.floor))
        self.floor = min(self.floor, self.now)
        assert admission.admitted == all(free)
        if admission.admitted:
            for charge in charges:
                self.oracles[charge].take(self.now)
            self.refundable.append(admission)
        else:
            self.waiting_just_that_long_is_enough(charges, admission)
        described = admission.described
        self.tells_the_truth((described.policy, subject), described)
        self.describes_the_tightest(charges, admission)
        self.boundaries = [*self.boundaries[-6:], described.reset, self.now + described.wait]

    def tells_the_truth(self, charge: tuple[Policy, str], usage: Usage) -> None:
        oracle, limit = self.oracles[charge], charge[0].limit
        assert usage.remaining == oracle.remaining(self.now)
        assert usage.reset >= self.now
        assert usage.reset_seconds == ceil(Fraction(usage.reset, SECOND))
        assert oracle.remaining(usage.reset) == limit
        assert usage.reset == self.now or oracle.remaining(usage.reset - 1) < limit

    def waiting_just_that_long_is_enough(self, charges: Sequence[tuple[Policy, str]], admission: Admission) -> None:
        wait = admission.described.wait
        assert wait > 0
        assert all(self.oracles[charge].remaining(self.now + wait) for charge in charges)
        assert not all(self.oracles[charge].remaining(self.now + wait - 1) for charge in charges)
        assert not self.oracles[admission.described.policy, charges[0][1]].remaining(self.now + wait - 1)
        assert admission.retry_after == ceil(Fraction(wait, SECOND))

    def describes_the_tightest(self, charges: Sequence[tuple[Policy, str]], admission: Admission) -> None:
        assert admission.described.policy in [policy for policy, _ in charges]
        if admission.admitted:
            shares = {p: Fraction(self.oracles[p, subject].remaining(self.now), p.limit) for p, subject in charges}
            tightest = [policy for policy, share in shares.items() if share == min(shares.values())]
            assert admission.described.policy in tightest
            assert admission.described.policy.window == max(policy.window for policy in tightest)

    @precondition(lambda self: self.refundable)
    @rule(which=st.integers(0))
    def a_request_turns_out_to_be_no_failure(self, which: int) -> None:
        admission = self.refundable.pop(which % len(self.refundable))
        self.limiter.admit([(Policy("time", 10**6, 1, "key"), "time")], self.now)
        self.limiter.refund(admission)
        for charge in admission.charges:
            if charge[0].refundable:
                self.oracles[charge].give_back(admission.at, self.now)

    @rule(which=st.integers(0, 2), subject=st.sampled_from(SUBJECTS), quarters=st.integers(0, 4))
    def somebody_sets_what_is_left(self, which: int, subject: str, quarters: int) -> None:
        policy = self.policies[which]
        remaining = policy.limit * quarters // 4
        usage = self.limiter.set_remaining(policy, subject, remaining, self.now)
        self.oracles[policy, subject].leave(remaining, self.now)
        self.refundable = [a for a in self.refundable if (policy, subject) not in a.charges]
        self.tells_the_truth((policy, subject), usage)
        assert usage.remaining == remaining

    @rule()
    def the_state_is_exported_and_imported_elsewhere(self) -> None:
        dumped = json.loads(json.dumps(self.limiter.dump()))
        self.limiter = Limiter(MemoryCounters(), "fixed-window")
        self.limiter.load(self.algorithm, dumped)
        self.floor = self.now

    @rule()
    def what_has_expired_is_forgotten(self) -> None:
        self.limiter.forget(self.policies, self.now)

    @invariant()
    def the_list_of_counters_leaves_out_nothing_that_is_used(self) -> None:
        if not hasattr(self, "policies"):
            return
        listed = {(u.policy, subject): u for subject, u in self.limiter.usages(self.policies, self.now)}
        for charge, usage in listed.items():
            self.tells_the_truth(charge, usage)
        for charge, oracle in self.oracles.items():
            assert charge in listed or oracle.remaining(self.now) == charge[0].limit


class FixedMachine(LimiterMachine):
    algorithm = "fixed-window"


class SlidingMachine(LimiterMachine):
    algorithm = "sliding-window"


class AlignedMachine(LimiterMachine):
    algorithm = "aligned-fixed-window"


class WeightedMachine(LimiterMachine):
    algorithm = "sliding-window-counter"


class TokenMachine(LimiterMachine):
    algorithm = "token-bucket"


@pytest.mark.parametrize("machine", [FixedMachine, AlignedMachine, SlidingMachine, WeightedMachine, TokenMachine])
def test_a_limiter_does_what_its_oracle_does_over_random_histories(machine: type[LimiterMachine]) -> None:
    run_state_machine_as_test(
        machine, settings=settings(max_examples=draws(150), stateful_step_count=20, deadline=None)
    )


@algorithms
@settings(max_examples=draws(700), deadline=None)
@given(limit=st.integers(1, 6), window=windows, steps=st.lists(st.integers(0, 30), max_size=40))
def test_a_long_history_of_one_subject_is_admitted_as_the_oracle_admits_it(
    algorithm: str, limit: int, window: int, steps: list[int]
) -> None:
    """A step of 24 is a window, of 8 a third of it."""
    policy = Policy("p", limit, window, "key")
    limiter, oracle, now = Limiter(MemoryCounters(), algorithm), ORACLES[algorithm](policy), EPOCH
    for step in steps:
        now += step * window // 24
        free = oracle.remaining(now)
        assert limiter.admit([(policy, "one")], now).admitted == (free > 0)
        if free:
            oracle.take(now)


@algorithms
def test_limit_requests_are_admitted_at_once_and_the_next_is_not(algorithm: str) -> None:
    limiter, policy = Limiter(MemoryCounters(), algorithm), Policy("p", 7, 60 * SECOND, "key")
    answers = [limiter.admit([(policy, "one")], EPOCH) for _ in range(9)]
    assert [a.admitted for a in answers] == [True] * 7 + [False] * 2
    assert [a.described.remaining for a in answers] == [6, 5, 4, 3, 2, 1, 0, 0, 0]


@algorithms
def test_a_request_refused_by_one_policy_consumes_nothing_of_the_others(algorithm: str) -> None:
    limiter = Limiter(MemoryCounters(), algorithm)
    wide, tight = Policy("wide", 5, SECOND, "key"), Policy("tight", 1, SECOND, "key")
    limiter.admit([(wide, "one"), (tight, "one")], EPOCH)
    for _ in range(3):
        refused = limiter.admit([(wide, "one"), (tight, "one")], EPOCH)
        assert not refused.admitted
        assert refused.described.policy == tight
    assert limiter.admit([(wide, "one")], EPOCH).described.remaining == 3


@algorithms
def test_no_request_counts_before_what_was_imported(algorithm: str) -> None:
    limiter, policy = Limiter(MemoryCounters(), algorithm), Policy("p", 3, SECOND, "key")
    limiter.admit([(policy, "one")], EPOCH + 10)
    limiter.load(algorithm, limiter.dump())
    assert limiter.admit([(policy, "one")], EPOCH + 5).at == EPOCH + 10
    limiter.clear()
    assert limiter.admit([(policy, "one")], EPOCH + 5).at == EPOCH + 5


@algorithms
@pytest.mark.parametrize("remaining", [-1, 4])
def test_no_more_can_be_left_than_the_limit_and_no_less_than_nothing(algorithm: str, remaining: int) -> None:
    limiter, policy = Limiter(MemoryCounters(), algorithm), Policy("p", 3, SECOND, "key")
    with pytest.raises(ValueError, match="0 to 3"):
        limiter.set_remaining(policy, "one", remaining, EPOCH)
    assert limiter.size() == 0


@algorithms
@pytest.mark.parametrize("dumped", [{"p": {"one": []}}, {"p": {"one": [1, 2, 3]}, "q": {"two": []}}])
def test_counters_that_are_none_are_refused_and_change_nothing(algorithm: str, dumped: Any) -> None:
    limiter, policy = Limiter(MemoryCounters(), algorithm), Policy("p", 3, SECOND, "key")
    limiter.admit([(policy, "one")], EPOCH)
    before = limiter.dump()
    with pytest.raises(ValueError, match="unpack"):
        limiter.load(algorithm, dumped)
    assert limiter.dump() == before


@pytest.mark.parametrize(("limit", "window"), [(0, 1), (1, 0), (-1, 5)])
def test_a_policy_that_would_admit_nothing_cannot_be_made(limit: int, window: int) -> None:
    with pytest.raises(ValueError, match="at least one request"):
        Policy("p", limit, window, "key")

"""What comes at the same time is done in one go, each as if it were alone."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from mockserver.limits.algorithms import ALGORITHMS, Algorithm, Decision, Policy
from mockserver.limits.limiter import Limiter
from mockserver.limits.together import GatheredCounters, Together
from mockserver.ports import SECOND, CounterState
from mockserver.storage.counters import MemoryCounters

GENERAL, CREATION = Policy("general", 40, 60 * SECOND, "key"), Policy("creation", 10, 60 * SECOND, "key")
NOW = 1_000_000 * SECOND
PATIENCE = 30  # seconds
UNLUCKY = 100
Taken = tuple[CounterState, Decision]


class Doubling:
    """Doubles numbers, the first of all not before it is let."""

    def __init__(self, everybodys: type[Exception] = ConnectionError) -> None:
        self.batches: list[Sequence[int]] = []
        self.may_begin = threading.Event()
        self.begun = threading.Event()
        self.together = Together(self.doubled, everybodys)

    def doubled(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(numbers)
        self.begun.set()
        assert self.may_begin.wait(PATIENCE)
        if UNLUCKY in numbers:
            raise ValueError("unlucky")
        return [2 * number for number in numbers]

    def asked(self, threads: ThreadPoolExecutor, numbers: Sequence[int]) -> list[Future[int]]:
        """0 is asked alone, the numbers while it is answered; all of them wait when it is let go on."""
        asked = [threads.submit(self.together.ask, 0)]
        assert self.begun.wait(PATIENCE)
        asked += [threads.submit(self.together.ask, number) for number in numbers]
        while len(self.together._waiting) < len(numbers):
            pass
        self.may_begin.set()
        return asked


def test_who_waits_is_answered_together_and_by_what_it_asked() -> None:
    doubling = Doubling()
    with ThreadPoolExecutor(20) as threads:
        answers = [each.result(PATIENCE) for each in doubling.asked(threads, range(1, 20))]
    assert answers == [2 * number for number in range(20)]
    assert [sorted(batch) for batch in doubling.batches] == [[0], list(range(1, 20))]


def test_an_error_is_that_of_who_asked_and_of_nobody_else() -> None:
    doubling = Doubling()
    with ThreadPoolExecutor(5) as threads:
        first, *others = doubling.asked(threads, [1, UNLUCKY, 3])
        assert first.result(PATIENCE) == 0
        one, unlucky, three = others
        with pytest.raises(ValueError, match="unlucky"):
            unlucky.result(PATIENCE)
        assert (one.result(PATIENCE), three.result(PATIENCE)) == (2, 6)
    assert doubling.together.ask(4) == 8


def test_an_error_that_is_everybodys_is_not_asked_for_again() -> None:
    """The state may be gone, or have done it all: whoever was asked for together is told so at once."""
    doubling = Doubling(everybodys=ValueError)
    with ThreadPoolExecutor(5) as threads:
        first, *others = doubling.asked(threads, [1, UNLUCKY, 3])
        assert first.result(PATIENCE) == 0
        for each in others:
            with pytest.raises(ValueError, match="unlucky"):
                each.result(PATIENCE)
    assert len(doubling.batches) == 2


@pytest.mark.sources
def test_a_request_that_cannot_be_counted_takes_nobody_elses_admission() -> None:
    """What was asked for with it is charged once."""

    class Trips(Limiter):
        def _take(self, algorithm: Algorithm, state: CounterState, policy: Policy, now: int) -> Taken:
            if policy.name == "odd":
                raise ZeroDivisionError
            return super()._take(algorithm, state, policy, now)

    limiter = Trips(MemoryCounters(), "fixed-window", together=True)
    asked = [[(GENERAL, "key")], [(replace(GENERAL, name="odd"), "key")], [(GENERAL, "key")]]
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(limiter.admit, charges, NOW) for charges in 20 * asked]
        failed = [each.exception(PATIENCE) for each in answers]
    assert [type(error) for error in failed] == 20 * [type(None), ZeroDivisionError, type(None)]
    assert [usage.remaining for _, usage in limiter.usages([GENERAL], NOW)] == [0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_together_as_many_are_admitted_as_alone(algorithm: str) -> None:
    state = MemoryCounters()
    limiter = Limiter(state, algorithm, together=True)
    both = [(GENERAL, "key"), (CREATION, "key")]
    with ThreadPoolExecutor(16) as threads:
        created = [threads.submit(limiter.admit, both, NOW) for _ in range(50)]
        read = [threads.submit(limiter.admit, both[:1], NOW) for _ in range(50)]
        assert sum(each.result(PATIENCE).admitted for each in created) == CREATION.limit
        assert sum(each.result(PATIENCE).admitted for each in read) == GENERAL.limit - CREATION.limit
    used = {usage.policy.name: usage.remaining for _, usage in limiter.usages([GENERAL, CREATION], NOW)}
    assert used == {"general": 0, "creation": 0}


@pytest.mark.sources
def test_counters_are_written_once_and_only_those_that_changed() -> None:
    written = []

    class Counters(MemoryCounters):
        def put(self, policy: str, subject: str, state: CounterState) -> None:
            written.append((policy, subject, state))

    gathered = GatheredCounters(Counters(), [("general", "one"), ("general", "two")])
    for number in range(3):
        gathered.put("general", "one", (number,))
    assert [gathered.get("general", "one"), gathered.get("general", "two")] == [(2,), None]
    gathered.write()
    assert written == [("general", "one", (2,))]

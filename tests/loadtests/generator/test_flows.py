"""Who goes on when an arrival is due, in whatever order answers come: decided here, by no machine's speed."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.api.steps import Flow, Step
from loadtests.generator.flows import Flows
from loadtests.scenarios.catalogue import SCENARIOS, Scenario
from loadtests.scenarios.visitor import Visitor
from tests.effort import draws
from tests.loadtests.scenarios.agreeable import Agreeable, shared
from tests.loadtests.scenarios.operations import OPERATIONS

# How many answers come after each arrival, and a seed for which of those in flight they are.
any_order = given(st.lists(st.integers(0, 6), min_size=5, max_size=80), st.integers(0, 1000))
enough = settings(max_examples=draws(90), deadline=None)


class Arrivals:
    """What the open model does with a scenario, arrival by arrival and answer by answer."""

    def __init__(self, scenario: Scenario) -> None:
        self.shared = shared(slots=500)
        self.server = Agreeable(self.shared.endpoint)
        self.asked: list[Step] = []
        self.begun: list[int] = []  # numbers of those that a new client came with
        self.in_flight: list[tuple[Flow, Step]] = []
        self.most = 0  # in flight at once
        self.finished = 0
        self._scenario = scenario
        self._flows = Flows(self._begin, scenario.together)

    def _begin(self, number: int) -> Flow:
        self.begun.append(number)
        return self._scenario.flow(Visitor(self.shared, number))

    def arrive(self) -> None:
        flow, step = self._flows.next(len(self.asked))
        self.asked.append(step)
        self.in_flight.append((flow, step))
        self.most = max(self.most, len(self.in_flight))

    def answer(self, which: int = 0) -> None:
        """One of those in flight."""
        flow, step = self.in_flight.pop(which)
        try:
            self._flows.went_on(flow, flow.send(self.server.answer(step)))
        except StopIteration:
            self.finished += 1

    def come(self, answers: list[int], chance: Random) -> None:
        """One for each of `answers`, which says how many are answered then; at the end the rest is."""
        for some in (*answers[:-1], len(answers)):
            self.arrive()
            for _ in range(min(some, len(self.in_flight))):
                self.answer(chance.randrange(len(self.in_flight)))

    @property
    def unfinished(self) -> int:
        return len(self.begun) - self.finished

    @property
    def kinds(self) -> Counter[str]:
        return Counter(change.kind for change in self.shared.recorder.changes)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_asks_what_it_is_there_to_ask(name: str) -> None:
    arrivals = Arrivals(SCENARIOS[name])
    arrivals.come([1] * 80, Random(7))
    assert {step.operation for step in arrivals.asked} == OPERATIONS[name]
    assert bool(arrivals.kinds) == SCENARIOS[name].writes


def test_where_each_is_answered_before_the_next_comes_one_client_follows_the_other() -> None:
    arrivals = Arrivals(SCENARIOS["booking_flow"])
    arrivals.come([1] * 80, Random(7))
    assert arrivals.begun == list(range(0, 80, 5))
    assert arrivals.kinds == {"created": 16, "rescheduled": 16, "canceled": 16}


@enough
@any_order
def test_nobody_new_comes_while_somebody_could_go_on(answers: list[int], seed: int) -> None:
    """So what is booked still when arrivals end is no more than was ever in flight."""
    arrivals = Arrivals(SCENARIOS["booking_flow"])
    arrivals.come(answers, Random(seed))
    assert len(arrivals.asked) == len(answers)
    assert arrivals.unfinished <= arrivals.most
    assert 0 <= arrivals.kinds["created"] - arrivals.kinds["canceled"] <= arrivals.unfinished
    assert arrivals.kinds["canceled"] == arrivals.finished


@enough
@any_order
def test_of_those_who_come_together_all_but_two_are_new(answers: list[int], seed: int) -> None:
    arrivals = Arrivals(SCENARIOS["idempotency_storm"])
    arrivals.come(answers, Random(seed))
    assert {number for number in range(len(answers)) if number % 5 < 3} <= set(arrivals.begun)


def test_who_made_the_booking_of_a_storm_retries_once_and_cancels() -> None:
    arrivals = Arrivals(SCENARIOS["idempotency_storm"])
    for _ in range(16):
        for _ in range(5):
            arrivals.arrive()
        while arrivals.in_flight:
            arrivals.answer()
    made = [change for change in arrivals.shared.recorder.changes if change.kind == "created" and not change.replayed]
    assert len(made) == len({change.idempotency_key for change in made}) == 16
    assert 14 <= arrivals.kinds["canceled"] <= 16, "each in the cluster after the next"

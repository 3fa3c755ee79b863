"""What each mutant breaks is true of the clean mock, and not of the mutant."""

from collections.abc import Callable

import pytest

from mockserver.mutants import find
from mockserver.parts import STANDARD
from tests.mockserver.mutants.scenarios import SCENARIOS, TOPICS
from tests.mockserver.mutants.server import Server


def test_no_mutant_has_two_scenarios() -> None:
    assert len(SCENARIOS) == sum(len(topic.SCENARIOS) for topic in TOPICS)


@pytest.mark.parametrize("scenario", dict.fromkeys(SCENARIOS.values()))
def test_a_scenario_is_true_of_the_clean_mock(scenario: Callable[[Server], None]) -> None:
    scenario(Server(STANDARD))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_mutant_breaks_what_its_scenario_asserts(name: str) -> None:
    server = Server(find(name).apply(STANDARD))
    with pytest.raises(AssertionError):
        SCENARIOS[name](server)

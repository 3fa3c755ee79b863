"""Mocks as processes, for loads that cross real sockets. Locust and gevent stay in processes of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from loadtests.api.target import Organization, Target
from loadtests.measure.result import Result
from loadtests.run import children
from loadtests.run.plan import Plan
from loadtests.scenarios.catalogue import SCENARIOS
from tests.loadtests.generator_forks import running_forks
from tests.loadtests.running import run
from tests.mock_process import running_mock


@dataclass(frozen=True)
class Mock:
    """`plan` makes a plan for it: unless told otherwise short, quick, and seeded."""

    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def organization(self) -> Organization:
        first = self.ready["organizations"][0]
        keys = first["keys"]
        return Organization(first["slug"], "", first["id"], (keys["public"],), (keys["platform"],))

    @property
    def target(self) -> Target:
        return Target(self.url, (self.organization,))

    def plan(self, scenario: str, **changes: Any) -> Plan:
        chosen: dict[str, Any] = {"rate": "80/s", "duration": 1.0, "seed": 7, "allow_writes": True}
        return Plan(scenario, **{"target": self.target, **chosen, **changes})


@pytest.fixture(scope="session")
def generator_forks() -> Iterator[Callable[[], None]]:
    with running_forks() as use:
        yield use


@pytest.fixture
def forked_generators(generator_forks: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Loads of this process need not import Locust first; nor do those of another one, where it is called."""
    monkeypatch.setattr(children, "GENERATOR", children.GENERATOR)  # puts it back
    generator_forks()
    return generator_forks


@pytest.fixture(scope="session")
def mock() -> Iterator[Mock]:
    """Without limits: what is counted here is the generator."""
    with running_mock("--limits", "off", "--seed", "7") as started:
        yield Mock(started.ready)


@pytest.fixture
def limited_mock() -> Iterator[Mock]:
    """With the contract's limits, all of them unused."""
    with running_mock("--seed", "7") as started:
        yield Mock(started.ready)


@pytest.fixture(scope="session")
def load(mock: Mock) -> Callable[[str], Result]:
    """What a scenario leaves behind that sent 80 requests to the mock without limits; it runs once only.

    Where clients are to meet they come in time, all at once. The others are two that wait for their answers: then what
    they get to ask depends on nobody's speed.
    """

    @cache
    def loaded(scenario: str) -> Result:
        if SCENARIOS[scenario].together > 1:
            return run(mock.plan(scenario))
        return run(mock.plan(scenario, rate=None, users=2, duration=60.0, max_requests=80))

    return loaded

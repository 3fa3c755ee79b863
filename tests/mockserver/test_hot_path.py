"""What a request costs, beside a bare Flask view that is asked in the same moments: docs/benchmarks.md has the figures.

Only what has become twice as dear fails, on whatever machine: by the clock on the wall, as one who waits costs as much
as one who works, and by the least of many, in as many as three turns: what has become dear is so in each, what a busy
machine does to one turn is not. It is among the slow tests, as measuring coverage slows down our own lines and not
Flask's.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns, thread_time_ns

import pytest
from werkzeug.routing import Rule

from benchmarks.hot_path import BARE, EACH, Environ, Mock, bare_view, environ_of, timed, turn_of
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build, load_dataset
from mockserver.wiring.shared import share
from mockserver.wiring.world import world_of

DEAREST = {
    "GET organization": 0.38,
    "GET availability, a week": 0.94,
    "GET availability, not asked before": 3.5,
    "POST create": 2.1,
    "POST create, with a key": 2.5,
    "POST replay": 0.82,
}
"""Times the cost of a bare Flask view, twice as much as measured."""
TURNS = 3


@pytest.fixture(scope="module")
def costs() -> dict[str, float]:
    """In bare Flask views: the least of the turns that it took until none was dear."""
    least = dict.fromkeys(DEAREST, math.inf)
    for _ in range(TURNS):
        spent = turn_of(Path(__file__).parents[2], "perf_counter_ns")
        bare = min(spent.pop(BARE))
        assert spent.keys() == DEAREST.keys()
        least = {name: min(least[name], min(found) / bare) for name, found in spent.items()}
        if not dear(least):
            break
    return least


def dear(costs: dict[str, float]) -> dict[str, float]:
    return {name: cost for name, cost in costs.items() if cost > DEAREST[name]}


def test_no_request_has_become_dear(costs: dict[str, float]) -> None:
    assert dear(costs) == {}


def test_a_request_of_three_times_its_cost_would_be_dear(costs: dict[str, float]) -> None:
    """If this fails, requests have become cheaper: lower what they may cost, to twice as much as they do."""
    assert dear({name: 3 * cost for name, cost in costs.items()}).keys() == costs.keys()


def work(microseconds: float) -> None:
    until = perf_counter_ns() + microseconds * 1000
    while perf_counter_ns() < until:
        pass


def sleep(microseconds: float) -> None:
    time.sleep(microseconds / 1e6)


@pytest.mark.parametrize("defect", [work, sleep])
def test_who_works_or_waits_three_times_as_long_is_found(defect: Callable[[float], None]) -> None:
    mock, bare = Mock(journal=10), bare_view()
    ((name, requests, status), *_) = mock.cases()
    own = min(timed(mock.answer, requests, status, perf_counter_ns))
    views = [environ_of("GET", "/") for _ in range(10 * EACH)]

    def dearer(environ: Environ) -> tuple[str, bytes]:
        defect(2 * own)
        return mock.answer(environ)

    def cost() -> float:
        unit = min(timed(bare, views, "200", perf_counter_ns))
        return min(timed(dearer, requests, status, perf_counter_ns)) / unit

    assert any(cost() > DEAREST[name] for _ in range(TURNS))  # a busy machine makes the unit dear, too


def test_worlds_and_mocks_are_cheap_to_make() -> None:
    """In milliseconds of CPU time; docs/benchmarks.md has a tenth of it."""
    shared, dataset = share(Settings(seed=7), STANDARD), load_dataset("acme-salon", seed=7)
    assert _least(lambda: world_of(shared, dataset)) < 5
    assert _least(lambda: build(Settings(seed=7))) < 40


def test_what_builds_urls_is_compiled_when_one_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails with another werkzeug, LazyRule overrides a name that is there no more: mocks are slow to make."""
    compiled: list[str] = []

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled.append(rule.rule)
        return original(rule, append_unknown)

    original = Rule._compile_builder
    monkeypatch.setattr(Rule, "_compile_builder", compile_builder)
    app = build(Settings(seed=7)).app
    assert compiled == []
    with app.test_request_context():
        for _ in range(2):
            assert app.url_for("getOrganization", org_slug="acme-salon").endswith("/public/org/acme-salon")
    assert len(compiled) == 1
    assert compiled[0].endswith("/public/org/<org_slug>")


def _least(make: Callable[[], object]) -> float:
    spent = []
    for _ in range(10):
        begun = thread_time_ns()
        make()
        spent.append(thread_time_ns() - begun)
    return min(spent) / 1e6

"""What a request costs, beside a bare Flask view that is asked in the same moments: docs/benchmarks.md has the figures.

Only what has become half as dear again fails, on whatever machine. It is among the slow
tests, as measuring coverage slows down our own lines and not Flask's.
"""

from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns

import pytest
from werkzeug.routing import Rule

from benchmarks.hot_path import BARE, Environ, Mock, bare_view, environ_of, timed, turn_of
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build, load_dataset
from mockserver.wiring.shared import share
from mockserver.wiring.world import world_of

DEAREST = {
    "GET organization": 0.48,
    "GET availability, a week": 3.0,
    "POST create": 2.2,
    "POST create, with a key": 2.6,
    "POST replay": 0.85,
}
"""Times the cost of a bare Flask view, half as much again as measured: the least of many is the same under load."""


def test_no_request_has_become_dear() -> None:
    spent = turn_of(Path(__file__).parents[2])
    bare = min(spent.pop(BARE))
    assert {name: min(times) / bare for name, times in spent.items() if min(times) / bare > DEAREST[name]} == {}
    assert spent.keys() == DEAREST.keys()


def test_what_costs_a_bare_view_more_is_dear() -> None:
    """The guard bites."""
    bare = bare_view()
    mock = Mock(journal=10)
    ((name, requests, status), *_) = mock.cases()

    def dearer(environ: Environ) -> tuple[str, bytes]:
        bare(environ_of("GET", "/"))
        return mock.answer(environ)

    unit = min(timed(bare, [environ_of("GET", "/") for _ in range(100)], "200"))
    assert min(timed(dearer, requests, status)) / unit > DEAREST[name]


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

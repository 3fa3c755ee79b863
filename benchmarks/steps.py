"""What each step of a request takes: `python -m benchmarks steps`, in microseconds, the least of many requests.

The steps are those of `mockserver/web/api/steps.py`, in a mock as `hot_path.py` measures it. Each is timed without
those that it wraps; the clock's own 0.1 µs is in it. *Around them* is what is left of the whole: environment, exchange,
start of the answer, and the clocks.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import inf
from time import perf_counter_ns
from typing import Any
from unittest.mock import patch

from benchmarks.hot_path import ROUNDS, Mock
from benchmarks.report import Effort, Section, table
from mockserver.web.api.exchange import Handler
from mockserver.web.api.pipeline import Step, Wrapping
from mockserver.web.api.steps import Steps

RECORD, REST, WHOLE = "journal, advice, log", "around them", "the whole"
Least = dict[str, dict[str, float]]
"""Microseconds by the kind of request, by the name of a step."""


class Watch:
    """Adds up what is spent in whatever it has wrapped; `within` is what the call under way has spent further in."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = defaultdict(int)
        self._within = 0

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: object) -> Any:
            outside, self._within = self._within, 0
            begun = perf_counter_ns()
            try:
                return work(*given)
            finally:
                took = perf_counter_ns() - begun
                self.spent[name] += took - self._within
                self._within = outside + took

        return run

    def step(self, name: str, step: Step | Wrapping) -> Step | Wrapping:
        return _Around(self, name, step) if hasattr(step, "around") else self.timed(name, step)


class _Around:
    def __init__(self, watch: Watch, name: str, step: Wrapping) -> None:
        self._watch, self._name, self._step = watch, name, step

    def around(self, behind: Handler) -> Step:
        """What is behind times itself."""
        return self._watch.timed(self._name, self._step.around(behind))


def watched(watch: Watch, journal: int) -> Mock:
    """A mock whose steps are timed."""
    in_order, finishes = Steps.in_order, Steps.finishes

    def steps(self: Steps) -> Mapping[str, Step | Wrapping]:
        return {name: watch.step(name, step) for name, step in in_order(self).items()}

    def ends(self: Steps) -> Sequence[Any]:
        return [watch.timed(f"then {_named(finish)}", finish) for finish in finishes(self)]

    with patch.object(Steps, "in_order", steps), patch.object(Steps, "finishes", ends):
        mock = Mock(journal=journal)
    pipeline = mock.built.front.pipeline
    pipeline._record = watch.timed(RECORD, pipeline._record)
    return mock


def measure(rounds: int, journal: int) -> Least:
    watch = Watch()
    mock = watched(watch, journal)
    least: Least = {}
    for _ in range(rounds):
        for kind, requests, _ in mock.cases():
            known = least.setdefault(kind, {})
            for environ in requests:
                watch.spent.clear()
                begun = perf_counter_ns()
                mock.answer(environ)
                whole = perf_counter_ns() - begun
                spent = {**watch.spent, REST: whole - sum(watch.spent.values()), WHOLE: whole}
                known.update({name: min(took / 1000, known.get(name, inf)) for name, took in spent.items()})
    return least


def report(effort: Effort) -> Section:
    least = measure(effort.rounds * ROUNDS, 10_000)
    names = list(dict.fromkeys(name for of in least.values() for name in of if name not in (REST, WHOLE)))
    rows = (
        [name, *(f"{of[name]:.1f}" if name in of else "" for of in least.values())] for name in (*names, REST, WHOLE)
    )
    return Section(table(["step", *least], rows))


def _named(finish: object) -> str:
    """A function by its name, an object by its type's."""
    return str(getattr(finish, "__qualname__", type(finish).__name__))

import json
import math
import random

import pytest

from loadtests.measure.observation import Observation
from loadtests.measure.result import Change, Result
from loadtests.measure.statistics import LATE, PRECISION, Arrivals, Histogram, Statistics
from tests.loadtests.meanings import meaning


def exact(durations: list[float], percent: float) -> float:
    return sorted(durations)[math.ceil(len(durations) * percent / 100) - 1]


@pytest.mark.parametrize("seed", range(5))
def test_a_percentile_is_within_one_percent_of_the_true_one(seed: int) -> None:
    rng = random.Random(seed)
    durations = [rng.lognormvariate(3, 2) for _ in range(2_000)]
    histogram = Histogram()
    for duration in durations:
        histogram.record(duration)
    for percent in (0.1, 1, 50, 90, 95, 99, 99.9):
        assert histogram.percentile(percent) == pytest.approx(exact(durations, percent), rel=PRECISION)
    assert histogram.percentile(100) == histogram.max == max(durations)
    assert histogram.count == len(durations)


def test_no_percentile_is_longer_than_the_longest() -> None:
    histogram = Histogram()
    histogram.record(100.0)
    assert histogram.percentile(50) == histogram.percentile(100) == 100.0


def test_nothing_recorded_has_no_percentile() -> None:
    assert Histogram().percentile(99) is None


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_there_is_no_percentile_beyond_a_hundred_or_of_none(percent: float) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        Histogram().percentile(percent)


def test_durations_of_zero_are_counted() -> None:
    histogram = Histogram()
    histogram.record(0.0)
    assert (histogram.count, histogram.percentile(50)) == (1, 0.0)


def filled(seed: int, requests: int = 300) -> Statistics:
    rng, statistics = random.Random(seed), Statistics()
    for number in range(requests):
        second = number // 50
        if rng.random() < 0.1:
            statistics.dropped(second)
            continue
        statistics.sent(second, rng.expovariate(1 / LATE), 0.1)
        status = rng.choice([200, 201, 404, 409, 429, 503, 0])
        error = status in (0, 503)
        statistics.answered(rng.choice("ab"), second, status, meaning(status), rng.expovariate(1 / 40), error=error)
    return statistics


def test_parts_of_several_workers_add_up_to_what_one_would_have_counted() -> None:
    whole, parts = Statistics(), [filled(seed) for seed in range(4)]
    for part in parts:
        whole.add(part)
    for operation in ("a", "b", None):
        tally, tallies = whole.of(operation), [part.of(operation) for part in parts]
        for name in ("count", "refused", "conflicts", "errors", "admitted"):
            assert getattr(tally, name) == sum(getattr(each, name) for each in tallies) > 0
        assert tally.latency.max == max(each.latency.max for each in tallies)
    assert whole.arrivals.planned == 1200
    assert whole.lag.count == whole.arrivals.sent


def test_seconds_add_up_to_the_whole() -> None:
    statistics = filled(7)
    assert statistics.length == 6
    assert sum(tally.count for tally in statistics.by_second()) == statistics.of().count
    assert sum(tally.errors for tally in statistics.by_second("a")) == statistics.of("a").errors
    total = Arrivals()
    for arrivals in statistics.arrivals_by_second():
        assert arrivals.planned == arrivals.sent + arrivals.dropped == 50
        total.add(arrivals)
    assert total == statistics.arrivals


def test_what_is_ten_milliseconds_after_it_was_due_is_not_late_yet() -> None:
    statistics = Statistics()
    for delay in (0.0, LATE, LATE + 0.001):
        statistics.sent(0, delay, lag=0.0)
    assert statistics.arrivals.as_json() == {"planned": 3, "sent": 3, "late": 1, "dropped": 0}


def test_an_empty_second_in_the_middle_is_there() -> None:
    statistics = Statistics()
    statistics.answered("a", 0, 200, "success", 1.0)
    statistics.answered("a", 2, 200, "success", 1.0)
    assert [tally.count for tally in statistics.by_second()] == [1, 0, 1]


def test_what_is_neither_refused_nor_an_error_was_admitted() -> None:
    statistics = Statistics()
    for status in (0, 201, 429, 409, 500):
        statistics.answered("a", 0, status, meaning(status), 1.0, error=status in (0, 500))
    tally = statistics.of("a")
    assert (tally.count, tally.admitted, tally.refused, tally.conflicts, tally.errors) == (5, 2, 1, 1, 2)


def result(seed: int, **more: object) -> Result:
    return Result("browse", 1, statistics=filled(seed), **{"ended": "finished", **more})  # type: ignore[arg-type]


def test_a_result_goes_through_json_and_stays_what_it_was() -> None:
    sent = result(
        1,
        observations=(Observation("key 1", "getService", 1.0, 1.5, "success", {"date": "x"}, worker=2, due=0.9),),
        changes=(Change("created", 2.0, True, "acme", "haircut", "2025-12-03T15:00:00Z", 1, "BOOK_1", "a@b.example"),),
        notes=("a note",),
        moved=3600.0,
    )
    received = Result.from_json(json.loads(json.dumps(sent.as_json())))
    assert received.as_json() == sent.as_json()
    assert received.statistics.of("a").latency.percentile(99) == sent.statistics.of("a").latency.percentile(99)

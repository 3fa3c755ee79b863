import math
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.measure.arrivals import Account, Stage, due_times, parse, share
from loadtests.measure.recording import Recorder

NO_LIMIT = 1 << 30


def due(rate: str, until: float = 1e9, limit: int = NO_LIMIT, together: int = 1) -> list[float]:
    return list(due_times(parse(rate), until, limit, together))


def test_a_rate_is_read_with_its_unit_and_its_stages() -> None:
    assert parse("50/s") == (Stage(50, 50),)
    assert parse("600/min") == (Stage(10, 10),)
    assert parse("10..200/s:60s") == (Stage(10, 200, 60),)
    assert parse("50/s:10s, 300/s:5s, 50/s") == (Stage(50, 50, 10), Stage(300, 300, 5), Stage(50, 50))
    assert parse("7200/h:1.5min") == (Stage(2, 2, 90),)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("", "no rate such as"),
        ("fast", "no rate such as"),
        ("50", "no rate such as"),
        ("50/s:", "no rate such as"),
        ("0/s", "more than nothing"),
        ("10..200/s", "for how long"),
        ("50/s:0s", "must last"),
        ("50/s,100/s", "only the last part"),
    ],
)
def test_what_is_no_rate_is_refused_with_a_sentence(text: str, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        parse(text)


def test_at_a_constant_rate_arrivals_are_evenly_apart() -> None:
    assert due("4/s", until=1.5) == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])


def test_a_climbing_rate_has_the_arrivals_that_the_area_below_it_holds() -> None:
    moments = due("10..30/s:2s")
    assert len(moments) == 40
    for moment in (0.5, 1.0, 1.5):
        expected = 10 * moment + 10 * moment**2 / 2
        assert sum(time < moment for time in moments) == pytest.approx(expected, abs=1)


def test_a_rate_may_fall_to_nothing() -> None:
    moments = due("20..0/s:2s")
    assert len(moments) == 20
    assert moments[-1] < 2


def test_a_spike_lies_between_its_neighbours() -> None:
    moments = due("10/s:1s,100/s:1s,10/s:1s")
    counted = [sum(second <= moment < second + 1 for moment in moments) for second in range(3)]
    assert counted == [10, 100, 10]


def test_time_and_count_bound_what_goes_on_without_an_end() -> None:
    assert len(due("50/s", until=2)) == 100
    assert len(due("50/s", limit=7)) == 7


def test_arrivals_that_come_together_keep_the_rate() -> None:
    moments = due("10/s", until=2, together=5)
    assert len(moments) == 20
    assert sorted(set(moments)) == pytest.approx([0, 0.5, 1.0, 1.5])


rates = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.1, 5)).filter(lambda stage: stage[0] + stage[1] > 0),
    min_size=1,
    max_size=4,
)


@given(rates, st.integers(1, 7))
def test_arrivals_never_go_back_in_time_and_are_as_many_as_the_stages_hold(
    stages: list[tuple[int, int, float]], together: int
) -> None:
    made = [Stage(*stage) for stage in stages]
    moments = list(due_times(made, math.inf, NO_LIMIT, together))
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert sum(stage.arrivals for stage in made) <= len(moments) < sum(stage.arrivals for stage in made) + together + 1


@given(st.integers(0, 200), st.integers(1, 9))
def test_every_arrival_belongs_to_one_worker(count: int, workers: int) -> None:
    shares = [list(share(range(count), worker, workers)) for worker in range(workers)]
    assert sorted(number for mine in shares for number, _ in mine) == list(range(count))
    assert all(number % workers == worker for worker, mine in enumerate(shares) for number, _ in mine)


# What befalls an account: another arrival is due; the oldest one waiting is sent; the oldest one sent is answered.
@given(st.lists(st.sampled_from(["due", "send", "answer"])), st.integers(1, 5))
def test_whatever_happens_planned_is_sent_and_dropped(events: list[str], limit: int) -> None:
    recorder = Recorder()
    account = Account(recorder, limit)
    waiting: list[float] = []
    flying = planned = sent = 0
    for moment, event in enumerate(events):
        if event == "due":
            planned += 1
            if account.admit(moment / 3):
                waiting.append(moment / 3)
        elif event == "send" and waiting:
            account.sent(waiting.pop(0), delay=0.02, lag=0.0)
            sent += 1
            flying += 1
        elif event == "answer" and flying:
            flying -= 1
            account.finished()
        assert account.in_flight <= limit
    account.close()
    told = recorder.statistics.arrivals
    assert (told.planned, told.sent, told.late) == (planned, sent, sent)
    assert told.planned == told.sent + told.dropped


def test_an_endless_rate_is_made_as_it_is_asked_for() -> None:
    assert list(islice(due_times(parse("2/s"), math.inf, NO_LIMIT), 3)) == pytest.approx([0, 0.5, 1])

"""The pace never meets a limit that it knows, however the server counts and whenever its window began."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.harness.counting import ALGORITHMS as COUNTED
from contracts.spec.contract import Contract, Policy
from contracts.target.pacing import Pacer
from mockserver.limits.algorithms import ALGORITHMS
from mockserver.limits.algorithms import Policy as Counted
from mockserver.ports import SECOND

GENERAL = Contract.load().rate_limits.policies["public-general"]


def policy(limit: int, window: int) -> Policy:
    return Policy("p", limit, window, "key", "requests", GENERAL.provenance)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(
    limit=st.integers(1, 5),
    window=st.integers(1, 10),
    pauses=st.lists(st.floats(0, 12), min_size=1, max_size=40),
)
@example(limit=5, window=10, pauses=[5.0] + 9 * [0.0])  # what the window before weighs is in the way
def test_a_server_admits_all_that_is_sent_at_that_pace(
    algorithm: str, limit: int, window: int, pauses: list[float]
) -> None:
    counter, counted = ALGORITHMS[algorithm], Counted("p", limit, window * SECOND, "key")
    state = counter.unused
    pacer, stated, now = Pacer(windows=COUNTED[algorithm].windows), policy(limit, window), 1000.0
    for pause in pauses:
        now += pause
        now += pacer.wait([(stated, "a")], now)
        pacer.sent([(stated, "a")], now)
        state, decision = counter.take(state, counted, int(now * SECOND))
        assert decision.wait == 0


def test_a_request_waits_no_longer_than_the_limits_demand() -> None:
    pacer, stated = Pacer(), policy(2, 60)
    for moment in (0.0, 10.0):
        assert pacer.wait([(stated, "a")], moment) == 0
        pacer.sent([(stated, "a")], moment)
    assert pacer.wait([(stated, "a")], 20.0) == 41
    assert pacer.wait([(stated, "b")], 20.0) == 0, "another key has a limit of its own"


def test_a_rate_of_the_users_own_stands_in_for_the_limits() -> None:
    pacer = Pacer(rate=30)
    assert pacer.wait([], 5.0) == 0
    pacer.sent([], 5.0)
    assert pacer.wait([], 5.5) == pytest.approx(1.5)


def test_time_that_was_taken_back_is_no_longer_counted() -> None:
    pacer, stated = Pacer(), policy(1, 60)
    before = pacer.snapshot()
    pacer.sent([(stated, "a")], 10.0)
    pacer.restore(before)
    assert pacer.wait([(stated, "a")], 11.0) == 0

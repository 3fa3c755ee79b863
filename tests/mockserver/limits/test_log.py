"""The log of a sliding window: a plain list once more, and what it costs."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.adapters.ids import RandomIds
from mockserver.limits.algorithms import ALGORITHMS, Policy
from mockserver.limits.limiter import Charge, Limiter
from mockserver.limits.log import CHUNK, Log
from mockserver.ports import SECOND, Counters
from mockserver.storage.counters import MemoryCounters
from mockserver.storage.memory import MemoryState
from tests.effort import draws

SLIDING = ALGORITHMS["sliding-window"]
LENGTHS = (60, 1_000, 10_000)
steps = st.lists(
    st.tuples(st.just("more"), st.integers(1, 2 * CHUNK), st.integers(0, 3))  # so many, so far apart
    | st.tuples(st.just("pass"), st.integers(0, 3 * CHUNK), st.just(0))  # of the oldest
    | st.tuples(st.just("without"), st.integers(0, 10**4), st.just(0)),
    max_size=12,
)


@settings(max_examples=draws(300), deadline=None)
@given(steps)
def test_a_log_is_the_list_of_its_moments_whatever_is_done_to_it(steps: Sequence[tuple[str, int, int]]) -> None:
    log, touched, plain = Log.of((0,)), 0, list[int]()
    earlier: list[tuple[Log, list[int]]] = []
    for what, number, apart in steps:
        earlier.append((log, [touched, *plain]))
        match what:
            case "more":
                for _ in range(number):
                    touched += apart
                    log = log.with_another(touched, 0)
                    plain.append(touched)
            case "pass":
                gone = min(number, len(plain))
                touched += 1
                log, plain = log.with_another(touched, gone), [*plain[gone:], touched]
            case _ if plain:
                del plain[number % len(plain)]
                log = log.without(number % (len(plain) + 1))
        is_the_list(log, touched, plain)
    for before, numbers in earlier:
        assert [*before] == numbers, "a log that another was made of has changed"


def is_the_list(log: Log, touched: int, plain: Sequence[int]) -> None:
    assert ([*log], len(log), log.size, log[0]) == ([touched, *plain], len(plain) + 1, len(plain), touched)
    assert [*Log.of(tuple(log))] == [*log]
    assert [log.moment(place) for place in range(len(plain))] == plain
    for moment in {-1, touched, *plain[:: max(1, len(plain) // 7)]}:
        assert log.until(moment) == bisect_right(plain, moment)
        assert log.until(moment - 1) == bisect_left(plain, moment)


def counted(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> int:
    """Pointers that are copied into logs while it is done, those of chunks included."""
    copied = 0

    class Counting(Log):
        __slots__ = ()

        def __init__(self, touched: int, full: tuple[tuple[int, ...], ...], gone: int, last: tuple[int, ...]) -> None:
            nonlocal copied
            copied += len(last)
            if full is not known[0]:
                copied += len(full) + (CHUNK if len(full) > len(known[0]) else 0)
            known[0] = full
            super().__init__(touched, full, gone, last)

    known: list[tuple[tuple[int, ...], ...]] = [()]
    monkeypatch.setattr("mockserver.limits.log.Log", Counting)
    do()
    return copied


@pytest.mark.parametrize("length", LENGTHS)
def test_a_request_copies_no_more_of_a_long_log_than_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Of a window that is always full: each request takes what the oldest gives back, every other is refused."""
    policy = Policy("p", length, length, "key")
    state = SLIDING.set_remaining(SLIDING.unused, policy, policy.limit, 0)
    for now in range(length):
        state, decision = SLIDING.take(state, policy, now)
        assert decision.wait == 0

    def ask() -> None:
        nonlocal state
        for now in range(length, 2 * length):
            state, decision = SLIDING.take(state, policy, now)
            assert (decision.wait, decision.remaining) == (0, 0)
            state, decision = SLIDING.take(state, policy, now)
            assert decision.wait == 1

    assert counted(monkeypatch, ask) / length < CHUNK


def test_a_long_log_is_exported_as_numbers_and_given_back_when_a_unit_is_given_up() -> None:
    state = MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))
    limiter, policy = Limiter(state, "sliding-window"), Policy("p", 3 * CHUNK, SECOND, "key")
    for now in range(policy.limit - 1):
        limiter.admit([(policy, "one")], now)
    before = limiter.dump()
    assert before == {"p": {"one": [policy.limit - 2, *range(policy.limit - 1)]}}

    def admit_and_give_up(counters: Counters, charges: Sequence[Charge], now: int) -> None:
        assert limiter._admitted(counters, charges, now).admitted
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        state.charge(admit_and_give_up, [(policy, "one")], policy.limit)
    assert limiter.dump() == before
    assert limiter.admit([(policy, "one")], policy.limit).admitted
    elsewhere = Limiter(MemoryCounters(), "fixed-window")
    elsewhere.load("sliding-window", before)
    assert elsewhere.dump() == before
    assert elsewhere.admit([(policy, "one")], policy.limit).described.remaining == 0

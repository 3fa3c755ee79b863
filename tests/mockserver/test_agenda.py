"""What falls due is carried out in order, however many kinds of it there are."""

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.adapters.clock import MockClock
from mockserver.adapters.ids import RandomIds
from mockserver.application.agenda import OrderedAgenda
from mockserver.ports import MovedBackError
from mockserver.storage.memory import MemoryState


class Kept:
    """Moments at which something is due; what has been carried out goes to a list that all kinds share."""

    def __init__(self, name: str, moments: list[int], done: list[tuple[int, str]]) -> None:
        self.name = name
        self.moments = sorted(moments)
        self.done = done
        self.asked = 0

    def next_due(self) -> int | None:
        return self.moments[0] if self.moments else None

    def fulfil(self, until: int) -> bool:
        self.asked += 1
        count = bisect_right(self.moments, until)
        self.done += [(moment, self.name) for moment in self.moments[:count]]
        del self.moments[:count]
        return True


class Slow(Kept):
    """Does one thing each time, and then has had enough."""

    def fulfil(self, until: int) -> bool:
        self.done.append((self.moments.pop(0), self.name))
        return False


moments = st.lists(st.integers(0, 20), max_size=8)


@given(first=moments, second=moments, third=moments, until=st.integers(-1, 21))
def test_everything_due_is_carried_out_in_order_and_nothing_else(
    first: list[int], second: list[int], third: list[int], until: int
) -> None:
    done: list[tuple[int, str]] = []
    kinds = [Kept(name, due, done) for name, due in zip("abc", (first, second, third), strict=True)]
    agenda = OrderedAgenda(kinds)
    every = sorted((moment, kind.name) for kind in kinds for moment in kind.moments)
    agenda.run(until)
    assert [moment for moment, _ in done] == [moment for moment, _ in every if moment <= until]
    assert sorted(done) == [one for one in every if one[0] <= until]
    assert agenda.next_due() == min((moment for moment, _ in every if moment > until), default=None)


def test_thousands_of_a_kind_are_not_asked_for_one_by_one() -> None:
    done: list[tuple[int, str]] = []
    many, one = Kept("many", list(range(1000)), done), Kept("one", [500], done)
    OrderedAgenda([many, one]).run(2000)
    assert (len(done), many.asked, one.asked) == (1001, 2, 1)


def test_what_takes_too_long_is_left_to_itself_and_keeps_nothing_else() -> None:
    done: list[tuple[int, str]] = []
    slow, other = Slow("slow", [1, 2, 3], done), Kept("other", [2, 4], done)
    agenda = OrderedAgenda([slow, other])
    agenda.run(9)
    assert (done, agenda.next_due()) == ([(1, "slow"), (2, "other"), (4, "other")], 2)


def test_a_clock_runs_what_falls_due_as_it_moves() -> None:
    done: list[tuple[int, str]] = []
    state = MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))
    clock = MockClock(state, OrderedAgenda([Kept("a", [100, 200, 300], done)]))
    clock.restore(50, frozen=True)
    assert done == []
    clock.advance(50)
    assert done == [(100, "a")]
    with pytest.raises(MovedBackError):
        clock.move_to(99)
    assert done == [(100, "a")]
    clock.move_to(250)
    assert done == [(100, "a"), (200, "a")]
    clock.restore(1000, frozen=True)
    assert done == [(100, "a"), (200, "a")]

"""Random units of work, some of them within others, some given up, beside a dictionary that is copied to go back."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from contextlib import closing, suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.domain.keys import digest_of
from mockserver.domain.webhooks import Delivery
from mockserver.ports import ReplayRecord, State
from mockserver.storage.opening import open_state
from tests.effort import draws
from tests.mockserver.storage.states import ids
from tests.mockserver.storage.units import DAY, HOSTS, GivenUpError, Model, Unit, agree, booking, key, units, write


def carried_out(state: State, unit: Unit, model: Model) -> Model:
    """What the model is afterwards."""
    before = deepcopy(model)
    try:
        with state.work(alone=unit.alone) as work:
            # This takes up everything, in the order of `Work`; what is written then may come in any order.
            agree(work, model)
            for verb, *how in unit.writes:
                write(work, model, verb, *how)
            agree(work, model)
            for inner in unit.inner:
                model = carried_out(state, inner, model)
                agree(work, model)
            if unit.given_up:
                raise GivenUpError
    except GivenUpError:
        return before
    return model


def test_units_of_work_are_done_whole_or_not_at_all(opened: Callable[[], Any], state_url: str) -> None:
    examples = {"memory": 300, "sqlite": 100, "postgresql": 30}[state_url.partition(":")[0]]

    @settings(max_examples=draws(examples), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(units, min_size=1, max_size=5))
    def are_done(history: list[Unit]) -> None:
        with opened() as state:
            model = Model()
            for unit in history:
                model = carried_out(state, unit, model)
                assert (state.clock, state.switch) == (model.clock, model.switch)
                ruled = {standing.id: standing.fault for standing in model.faults.values()}
                assert list(state.faults.items()) == list(ruled.items())
                assert list(state.webhooks.items()) == list(model.webhooks.items())
                for number in range(3):
                    assert state.find_key(digest_of(f"value {number}")) == model.keys.get(f"key_{number}")
                for glance in (state.look, state.work):
                    with glance() as work:
                        agree(work, model)

    are_done()


@pytest.mark.parametrize("state_url", ["sqlite", "postgresql"], indirect=True)
def test_numbers_of_a_counter_may_have_more_than_64_bits(state_url: str) -> None:
    """As a token bucket's have where the limit is large."""
    large = (1, 10**9 * 60 * 10**9)
    with closing(open_state(state_url, ids())) as state:
        state.charge(lambda counters, *_: counters.put("policy", "subject", large), None, None)
        with state.work() as work:
            work.counters.put("policy", "other", large)
    with closing(open_state(state_url, ids())) as state, state.look() as work:
        assert work.counters.contents() == {"policy": {"other": large, "subject": large}}


@pytest.mark.parametrize("state_url", ["sqlite", "postgresql"], indirect=True)
def test_a_unit_leaves_nothing_for_the_garbage_collector(state: Any) -> None:
    """What is dropped in a circle stays until that looks for it, which takes a sixth as long as a creation."""

    def book(number: int) -> weakref.ref[object]:
        with state.work() as work:
            work.bookings.save(booking(number, "salon", "ann", "cut", number, False, 1))
            with state.work() as inner:
                inner.replays.claim("scope", f"key-{number}", ReplayRecord(b"x", number, None), 0)
                inner.then(lambda: None)
            return weakref.ref(work.bookings)

    gc.disable()
    try:
        collection = book(1)
        book(2)  # the last one of a thread is kept
        assert collection() is None
    finally:
        gc.enable()


def test_what_is_forgotten_comes_back_when_the_unit_is_given_up(state: State) -> None:
    records = [("a", name, ReplayRecord(b"x", arrived, None)) for arrived, name in enumerate("klm", start=1)]
    with state.work(alone=True) as work:
        work.counters.restart({"p": {name: (touched, 1) for touched, name in enumerate("klm", start=1)}})
        work.replays.restart(records)
    for until, left in ((2, 1), (9, 0)):
        try:
            with state.work() as work:
                work.counters.forget("p", until)
                work.replays.forget(until)
                assert (len(work.counters.items("p")), len(work.replays.all())) == (left, left)
                assert (work.counters.oldest("p"), work.replays.oldest()) == ((3, 3) if left else (None, None))
                raise GivenUpError
        except GivenUpError:
            pass
        with state.work() as work:
            assert [subject for subject, _ in work.counters.items("p")] == list("klm")
            assert list(work.replays.all()) == records
            assert (work.counters.oldest("p"), work.replays.oldest()) == (1, 1)


def test_a_booking_can_move_to_another_day_host_and_organization(state: State) -> None:
    first = booking(1, "salon", "ann", "cut", 1, False, 2)
    with state.work() as work:
        work.bookings.save(first)
        work.bookings.save(first._replace(organization="spa", host="bob", start=5 * DAY, end=5 * DAY + 1800))
        assert list(work.bookings.of_organization("salon", None)) == []
        assert work.bookings.occupied("salon", HOSTS, 0, 9 * DAY) == {}
        assert work.bookings.loads("spa", HOSTS, 0, 9 * DAY) == {"bob": 1}


def test_what_is_to_follow_is_called_once_when_all_has_happened(state: State) -> None:
    called: list[str] = []
    with state.work() as outer:
        outer.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))
        outer.then(lambda: called.append("outer"))
        with suppress(GivenUpError), state.work() as inner:
            inner.then(lambda: called.append("given up"))
            raise GivenUpError
        with state.work() as inner:
            inner.then(lambda: called.append("inner"))
        assert called == []
    assert called == ["outer", "inner"]
    with suppress(GivenUpError), state.work() as outer:
        outer.then(lambda: called.append("given up"))
        raise GivenUpError
    with state.work() as work:
        work.bookings.all()
    assert called == ["outer", "inner"]


def test_of_what_is_settled_the_newest_are_kept_and_all_that_is_pending(state: State) -> None:
    def delivery(number: int, due: int | None) -> Delivery:
        return Delivery(
            id=f"whk_{number}", webhook="hook_1", booking=f"book_{number}", event="made", sequence=0, payload=b"",
            created_at=number, due=due,
        )  # fmt: skip

    with state.work() as work:
        for number in range(6):
            work.deliveries.save(delivery(number, 1 if number == 0 else None))
        with suppress(GivenUpError), state.work() as inner:
            inner.deliveries.forget(2)
            raise GivenUpError
        assert len(work.deliveries.all()) == 6
        work.deliveries.forget(2)
        assert [one.id for one in work.deliveries.all()] == ["whk_0", "whk_4", "whk_5"]


def test_a_counter_that_is_put_twice_in_one_unit_is_as_it_was_put_last(state: State) -> None:
    with state.work() as work:
        work.counters.put("policy", "subject", (1,))
        work.counters.put("policy", "other", (3,))
        work.counters.put("policy", "subject", (2,))
    with state.look() as work:
        assert sorted(work.counters.items("policy")) == [("other", (3,)), ("subject", (2,))]


def test_nothing_counts_before_what_its_counters_have_seen(state: State) -> None:
    """Even where a process remembers them, and need not ask."""
    with state.work() as work:
        work.counters.held([("policy", "subject")])
        work.counters.put("policy", "subject", (work.counters.moment(100), 1))
    for _ in range(2):
        with state.work() as work:
            work.counters.held([("policy", "subject")])
            assert work.counters.moment(50) == 100


def test_many_keys_are_saved_in_memory_for_a_copy_of_what_there_was() -> None:
    """Not for one with each of them, and those who look meanwhile see none; bytes."""
    with closing(open_state("memory://", ids())) as state:
        with state.work() as work:
            for number in range(100):
                work.keys.save(key(number, "a"))
        tracemalloc.start()
        try:
            with suppress(GivenUpError), state.work() as work:
                for number in range(100, 1100):
                    work.keys.save(key(number, "a"))
                with suppress(GivenUpError), state.work() as inner:
                    inner.keys.save(key(0, "b"))
                    raise GivenUpError
                assert work.keys.get("key_0") == key(0, "a")
                work.keys.save(key(1, "b"))
                assert state.find_key(digest_of("value 1")) == key(1, "a")
                assert state.find_key(digest_of("value 1000")) is None
                raise GivenUpError
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 5e6
        assert state.find_key(digest_of("value 1")) == key(1, "a")
        with state.look() as work:
            assert len(work.keys.all()) == 100

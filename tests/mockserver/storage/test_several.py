"""Several processes with one state: what one of them changes is there for the others with the answer that confirms it.

Each is a state of its own here, with its own connections and all that it remembers, as it is in a process of its own.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import pytest

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Delivery, Webhook
from mockserver.ports import SECOND, ClockSetting, Outcome, State, StateUnavailableError, Switch
from mockserver.storage.opening import open_state
from mockserver.storage.sql.replays import ABANDONED_SECONDS
from mockserver.wiring import Built
from tests.mockserver.storage.states import ids
from tests.mockserver.storage.units import booking

DAY = 86400 * SECOND
KEY = ApiKey.of_value("value", id="key_1", organization="org_1", kind="public", label="", created_at=0)


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def states(url: str) -> Iterator[tuple[State, State]]:
    with closing(open_state(url, ids())) as one, closing(open_state(url, ids())) as other:
        yield one, other


def test_what_one_changes_is_in_force_for_the_other_at_once(states: tuple[State, State]) -> None:
    for turn in range(5):
        for one, other in (states, states[::-1]):
            setting, switch = ClockSetting(turn, id(one)), Switch(algorithm=f"{turn} of {id(one)}")
            assert other.clock != setting
            with one.work(alone=True) as work:
                work.clock.set(setting)
                work.counters.turn(switch)
            assert (other.clock, other.switch) == (setting, switch)


def test_a_key_that_is_made_or_revoked_is_so_for_the_other_at_once(states: tuple[State, State]) -> None:
    one, other = states
    assert other.find_key(KEY.digest) is None
    with one.work() as work:
        work.keys.save(KEY)
    assert other.find_key(KEY.digest) == KEY
    with other.work() as work:
        work.keys.save(KEY.revoke())
    assert one.find_key(KEY.digest) == KEY.revoke()


def test_a_seed_gives_each_id_once(states: tuple[State, State]) -> None:
    for state in states:
        with state.work(alone=True) as work:
            work.ids.restart()

    def draws(number: int) -> list[str]:
        drawn = []
        for _ in range(10):
            with states[number % 2].work() as work:
                drawn.append(work.ids.booking_id())
        return drawn

    with ThreadPoolExecutor(4) as pool:
        drawn = [one for some in pool.map(draws, range(4)) for one in some]
    source = ids()
    assert sorted(drawn) == sorted(source.booking_id() for _ in drawn)


def test_what_was_drawn_stays_drawn_when_the_unit_is_given_up(states: tuple[State, State]) -> None:
    one, other = states
    with one.work(alone=True) as work:
        work.ids.restart()
    drawn = []
    with suppress(ZeroDivisionError), one.work() as work:
        drawn.append(work.ids.booking_id())
        raise ZeroDivisionError
    with other.work() as work:
        assert work.ids.booking_id() not in drawn


def test_a_claim_whose_process_died_can_be_made_by_others_and_is_worth_nothing_any_more(
    states: tuple[State, State], url: str
) -> None:
    one, other = (Idempotency(state, DAY) for state in states)
    claim = one.claim("scope", "key", b"body", 1)
    assert isinstance(claim, Claim)
    with pytest.raises(Refused, match="request_in_progress"):
        other.claim("scope", "key", b"body", 2)
    _wait(url)
    claimed_by_other = other.claim("scope", "key", b"body", 3)
    assert isinstance(claimed_by_other, Claim)
    with pytest.raises(StateUnavailableError):  # it was not dead after all
        _complete(states[0], one, claim)
    with states[1].work() as work:
        work.bookings.save(booking(2, "salon", "ann", "cut", 2, False, 1))
        other.complete(claimed_by_other, Outcome(201, (), b"of the second"), work)
    with states[0].look() as work:
        assert [each.id for each in work.bookings.all()] == ["book_2"]
        assert [record.outcome.body for _, _, record in work.replays.all() if record.outcome] == [b"of the second"]


def _complete(state: State, idempotency: Idempotency, claim: Claim) -> None:
    with state.work() as work:
        work.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))
        idempotency.complete(claim, Outcome(201, (), b"of the first"), work)


def _wait(url: str) -> None:
    """Let every claim have been made longer ago than its process is waited for."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE kordkit_replays SET claimed = claimed - %s", [ABANDONED_SECONDS])


def test_a_completed_key_is_given_again_by_the_other(states: tuple[State, State]) -> None:
    one, other = (Idempotency(state, DAY) for state in states)
    claim = one.claim("scope", "key", b"body", 1)
    assert isinstance(claim, Claim)
    with states[0].work() as work:
        one.complete(claim, Outcome(201, (("A", "b"),), b"\0\xff"), work)
    assert other.claim("scope", "key", b"body", 2) == Outcome(201, (("A", "b"),), b"\0\xff")


def test_counters_are_exact_over_all(states: tuple[State, State]) -> None:
    def counts(number: int) -> None:
        state = states[number % 2]
        for turn in range(20):
            names = [("minute", "subject"), ("day", "subject"), ("minute", f"own {number}")]
            with state.work() as work:
                held = work.counters.held(names[:: 1 if turn % 2 else -1])  # whoever asks in whatever order
                for (policy, subject), counter in zip(names[:: 1 if turn % 2 else -1], held, strict=True):
                    work.counters.put(policy, subject, (1, (counter or (0, 0))[1] + 1))
                work.counters.forget("minute", 0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(counts, range(8)))
    with states[0].look() as work:
        assert work.counters.held([("minute", "subject"), ("day", "subject")]) == [(1, 160), (1, 160)]
        assert len(work.counters.items("minute")) == 9


@pytest.mark.parametrize("door", ["direct"])
def test_eight_seats_are_sold_eight_times(
    start: Callable[..., Any], url: str, wish: Callable[..., dict[str, Any]]
) -> None:
    first = start(state=url)
    mocks = [first, start(state=url)]
    assert [_goes_on(mock.built) for mock in mocks] == [False, True]
    body = wish(first, "styling-class", "2025-12-03T14:00:00Z")

    def books(number: int) -> int:
        return int(mocks[number % 2].post("public/bookings", json=body).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(books, range(30)))
    assert (statuses.count(201), statuses.count(409)) == (8, 22)
    with mocks[1].mock.state.look() as work:
        assert len(work.bookings.all()) == 8


def _goes_on(built: Built) -> bool:
    return built.goes_on is not None


def delivery(number: int, sequence: int = 0) -> Delivery:
    return Delivery(
        id=f"whk_{number}_{sequence}",
        webhook="hook_1",
        booking=f"book_{number}",
        event="made",
        sequence=sequence,
        payload=b"{}",
        created_at=0,
        due=0,
    )


def claim(state: State, most: int, seconds: int = 60) -> list[str]:
    with state.work() as work:
        return [found.id for found in work.deliveries.claim("hook_1", 0, most, seconds)]


def test_each_delivery_is_claimed_by_one_and_those_of_a_booking_in_order(states: tuple[State, State]) -> None:
    with states[0].work() as work:
        for number in range(40):
            work.deliveries.save(delivery(number))
            work.deliveries.save(delivery(number, 1))

    def courier(number: int) -> list[str]:
        claimed: list[str] = []
        while found := claim(states[number % 2], 3):
            claimed += found
        return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [one for some in pool.map(courier, range(4)) for one in some]
    assert sorted(claimed) == sorted(delivery(number).id for number in range(40))
    with states[1].work() as work:
        work.deliveries.save(replace(delivery(7), due=None))
    assert claim(states[0], 3) == [delivery(7, 1).id]


def test_what_a_process_has_claimed_that_is_no_more_is_anothers_after_a_while(states: tuple[State, State]) -> None:
    one, other = states
    with one.work() as work:
        work.deliveries.save(delivery(1))
    assert claim(one, 9, seconds=60) == [delivery(1).id]
    assert claim(other, 9) == []
    with one.work() as work:
        work.deliveries.save(delivery(2))
    assert claim(one, 9, seconds=0) == [delivery(2).id]
    assert claim(other, 9) == [delivery(2).id]


def test_a_webhook_is_told_by_whoever_books_as_soon_as_it_is_registered(states: tuple[State, State]) -> None:
    webhook = Webhook(id="hook_1", organization="a", url="https://a/", events=("made",), secret="s" * 8, created_at=0)
    for one, other in (states, states[::-1]):
        assert not other.webhooks
        with one.work(alone=True) as work:
            work.webhooks.save(webhook)
        assert other.webhooks == {webhook.id: webhook}
        with other.work(alone=True) as work:
            work.webhooks.delete(webhook.id)
        assert not one.webhooks


def test_a_connection_that_was_in_use_when_another_broke_is_closed_when_it_is_given_back(url: str) -> None:
    from sqlalchemy.engine import make_url

    from mockserver.storage.sql.database import Mode
    from mockserver.storage.sql.postgresql import PostgresqlDatabase

    database = PostgresqlDatabase(make_url(url).set(drivername="postgresql+psycopg"))
    with closing(database):
        kept = database._connection(database.engine)
        driven = kept.driver_connection
        database.lost()
        database.give_back(kept)
        assert driven.closed
        transaction = database.begin(Mode.LOOK)
        transaction.roll_back()
        assert database.engine.pool.checkedin() == 1  # type: ignore[attr-defined]

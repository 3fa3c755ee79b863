"""One clock for everything, and `/_mock/clock` to steer it."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mockserver.adapters.clock import LATEST, MockClock
from mockserver.adapters.ids import RandomIds
from mockserver.application.agenda import OrderedAgenda
from mockserver.ports import SECOND, MovedBackError
from mockserver.storage.memory import MemoryState

NOW = "2025-12-01T08:00:00Z"
ORGANIZATION = "public/org/acme-salon"


def clock(client: Any) -> tuple[str, bool]:
    shown = client.request("GET", "/_mock/clock").get_json()
    return shown["now"], shown["frozen"]


def put(client: Any, **body: Any) -> Any:
    return client.request("PUT", "/_mock/clock", json=body)


def advance(client: Any, seconds: Any) -> Any:
    return client.request("POST", "/_mock/clock/advance", json={"seconds": seconds})


def is_problem(answer: Any, status: int, detail: str) -> None:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert detail in answer.get_json()["detail"]


def moment(answer: Any) -> int:
    """Of the Date header, in Unix seconds."""
    return int(parsedate_to_datetime(answer.headers["Date"]).timestamp())


# --- the clock itself


def mock_clock() -> MockClock:
    """With nothing on its agenda."""
    return MockClock(MemoryState(RandomIds(7, {"production": "kord_live_"}, 32)), OrderedAgenda([]))


class ClockMachine(RuleBasedStateMachine):
    """A clock beside a real one that only the test moves."""

    real: ClassVar[list[int]] = [0]

    def __init__(self) -> None:
        super().__init__()
        self.real[0] = 10**18
        self.clock = mock_clock()
        self.clock.restore(5 * SECOND, frozen=False)
        self.shown, self.runs = 5 * SECOND, True

    @rule(nanoseconds=st.integers(0, 10 * SECOND))
    def time_passes(self, nanoseconds: int) -> None:
        self.real[0] += nanoseconds
        self.shown += nanoseconds * self.runs

    @rule()
    def freezes(self) -> None:
        self.clock.freeze()
        self.runs = False

    @rule()
    def runs_on(self) -> None:
        self.clock.run()
        self.runs = True

    @rule(nanoseconds=st.integers(-3, 100 * SECOND))
    def is_advanced(self, nanoseconds: int) -> None:
        if nanoseconds < 0:
            with pytest.raises(MovedBackError):
                self.clock.advance(nanoseconds)
        else:
            self.clock.advance(nanoseconds)
            self.shown += nanoseconds

    @rule(ahead=st.integers(-100 * SECOND, 100 * SECOND))
    def is_moved(self, ahead: int) -> None:
        if ahead < 0:
            with pytest.raises(MovedBackError):
                self.clock.move_to(self.shown + ahead)
        else:
            self.clock.move_to(self.shown + ahead)
            self.shown += ahead

    @rule(moment=st.integers(0, LATEST // 2), frozen=st.booleans())
    def is_restored(self, moment: int, frozen: bool) -> None:
        self.clock.restore(moment, frozen=frozen)
        self.shown, self.runs = moment, not frozen

    @rule(beyond=st.sampled_from([-1, LATEST + 1]))
    def is_refused_what_no_clock_shows(self, beyond: int) -> None:
        with pytest.raises(ValueError, match="1970 to 2200"):
            self.clock.restore(beyond, frozen=True)

    @invariant()
    def shows_what_it_should(self) -> None:
        assert (self.clock.now(), self.clock.frozen) == (self.shown, not self.runs)


def test_a_clock_runs_stands_and_moves_but_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: ClockMachine.real[0])
    run_state_machine_as_test(ClockMachine, settings=settings(max_examples=150, stateful_step_count=20, deadline=None))


@settings(max_examples=50, deadline=None)
@given(seconds=st.floats(0, 3_000_000, allow_nan=False))
def test_an_advance_is_exact_to_the_nanosecond(seconds: float) -> None:
    advanced = mock_clock()
    advanced.restore(0, frozen=True)
    advanced.advance(round(seconds * SECOND))
    assert abs(advanced.now() - seconds * SECOND) <= 1


# --- over HTTP


def test_a_frozen_clock_stands_where_it_was_put_and_a_running_one_goes_on(start: Callable[..., Any]) -> None:
    client = start()
    assert clock(client) == clock(client) == (NOW, True)
    assert put(client, frozen=False).get_json()["frozen"] is False
    first = client.mock.clock.now()
    while client.mock.clock.now() == first:
        pass
    shown = put(client, frozen=True).get_json()
    stands = client.mock.clock.now()
    assert (shown["frozen"], shown["now"]) == (True, clock(client)[0])
    assert stands > first
    assert client.mock.clock.now() == stands


def test_a_clock_that_nobody_set_shows_the_real_time(start: Callable[..., Any]) -> None:
    before = time.time_ns()
    client = start(now=None, frozen=False)
    assert before <= client.mock.clock.now() <= time.time_ns()


def test_the_clock_is_put_forward_by_seconds_fractions_and_to_a_moment(client: Any) -> None:
    assert advance(client, 90).get_json() == {"now": "2025-12-01T08:01:30Z", "frozen": True}
    for _ in range(3):
        advance(client, 0.5)
    assert clock(client)[0] == "2025-12-01T08:01:31Z"
    advance(client, 0.5)
    assert clock(client)[0] == "2025-12-01T08:01:32Z"
    assert put(client, now="2026-03-01T00:00:00+01:00").get_json()["now"] == "2026-02-28T23:00:00Z"
    assert put(client, now="2026-02-28T23:00:00Z").status_code == 200
    assert put(client, now="2026-03-01T00:00:00Z", frozen=False).get_json()["frozen"] is False


def test_going_back_is_refused_with_the_way_that_there_is(client: Any) -> None:
    sentence = f"the clock shows {NOW} and does not go back; PUT /_mock/state with an exported state does"
    for body in ({"now": "2025-12-01T07:59:59Z"}, {"now": "1970-01-01T00:00:00Z", "frozen": False}):
        is_problem(put(client, **body), 409, sentence)
        assert clock(client) == (NOW, True)
    put(client, frozen=False)
    is_problem(put(client, now="2025-12-01T07:59:59Z"), 409, "does not go back")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"now": "tomorrow"},
        {"now": "2026-02-30T00:00:00Z"},
        {"now": "2026-01-01"},
        {"now": "2026-01-01T00:00:00"},
        {"now": "2016-12-31T23:59:60Z"},
        {"now": 1_764_576_000},
        {"now": "2200-01-01T00:00:01Z"},
        {"now": "9999-12-31T23:59:59Z"},
        {"frozen": "no"},
        {"frozen": None},
        {"now": "2026-01-01T00:00:00Z", "speed": 2},
    ],
)
def test_what_is_no_time_is_refused_and_changes_nothing(client: Any, body: Any) -> None:
    is_problem(client.request("PUT", "/_mock/clock", json=body), 400, "")
    assert clock(client) == (NOW, True)


@pytest.mark.parametrize("seconds", [-1, -0.001, "60", None, True, 3_153_600_001, 1e300])
def test_an_advance_is_a_number_of_seconds_up_to_a_century(client: Any, seconds: Any) -> None:
    is_problem(advance(client, seconds), 400, "seconds")
    assert clock(client) == (NOW, True)


def test_the_clock_ends_in_the_year_2200(client: Any) -> None:
    assert advance(client, 3_153_600_000).status_code == 200
    is_problem(advance(client, 3_153_600_000), 400, "1970 to 2200")
    assert put(client, now="2200-01-01T00:00:00Z").status_code == 200
    is_problem(advance(client, 1), 400, "1970 to 2200")
    assert moment(client.get(ORGANIZATION)) == LATEST // SECOND


def test_a_clock_that_runs_beyond_its_end_can_still_be_steered(client: Any) -> None:
    put(client, now="2200-01-01T00:00:00Z", frozen=False)
    assert put(client, frozen=True).status_code in (200, 400)
    assert client.get(ORGANIZATION).status_code == 200


# --- who follows it


def test_date_header_journal_and_last_use_follow_the_clock(client: Any) -> None:
    assert moment(client.get(ORGANIZATION)) == client.mock.clock.now() // SECOND
    put(client, now="2026-07-04T12:00:00Z")
    answer = client.get(ORGANIZATION)
    assert answer.headers["Date"] == "Sat, 04 Jul 2026 12:00:00 GMT"
    journal = client.request("GET", "/_mock/requests").get_json()["requests"]
    assert [entry["arrived"] for entry in journal] == ["2026-07-04T12:00:00Z", NOW]
    keys = client.request("GET", "/_mock/keys").get_json()["keys"]
    assert next(k["last_used"] for k in keys if k["id"] == "key_acme_public") == "2026-07-04T12:00:00Z"
    assert client.request("GET", "/_mock/health").get_json()["now"] == "2026-07-04T12:00:00Z"


def test_a_key_expires_when_the_clock_gets_there(client: Any) -> None:
    new = {"organization": "acme-salon", "kind": "public", "label": "x", "expires_at": "2025-12-01T09:00:00Z"}
    created = client.request("POST", "/_mock/keys", json=new).get_json()
    assert created["created"] == NOW
    holder = client.with_key(created["key"])
    advance(client, 3599.999)
    assert holder.get(ORGANIZATION).status_code == 200
    advance(client, 0.001)
    assert holder.get(ORGANIZATION).status_code == 401


def test_the_booking_window_and_the_past_follow_the_clock(client: Any, wish: Callable[..., Any]) -> None:
    """Consultations can be booked two weeks ahead."""

    def book(start: str) -> int:
        status: int = client.post("public/bookings", json=wish(client, "consultation", start)).status_code
        return status

    assert book("2025-12-15T15:00:00Z") == 422
    put(client, now="2025-12-01T14:59:59Z")
    assert book("2025-12-15T15:00:00Z") == 422
    advance(client, 1)
    assert book("2025-12-15T15:00:00Z") == 201
    put(client, now="2025-12-15T15:10:00Z")
    assert book("2025-12-15T15:10:00Z") == 422


def test_what_has_expired_is_forgotten_as_the_clock_moves(
    start: Callable[..., Any], booking_body: Callable[..., Any]
) -> None:
    client = start(limits=True)
    client.post("public/bookings", json=booking_body(), headers={"Idempotency-Key": "k"})
    assert (client.mock.limiter.size(), len(client.stored("replays"))) == (2, 1)
    advance(client, 60)
    assert (client.mock.limiter.size(), len(client.stored("replays"))) == (0, 1)
    put(client, now="2025-12-02T07:59:59Z")
    assert len(client.stored("replays")) == 1
    put(client, now="2025-12-02T08:00:00Z")
    assert len(client.stored("replays")) == 0

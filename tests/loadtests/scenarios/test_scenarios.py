"""Every scenario, briefly, against a mock over real sockets."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import TargetError, UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.clean_up import Cleaned, cancel_all
from loadtests.api.client import Client
from loadtests.api.endpoint import Endpoint
from loadtests.api.target import Organization, Target
from loadtests.measure.result import Result
from loadtests.run.plan import Plan
from loadtests.scenarios.catalogue import SCENARIOS
from tests.loadtests.running import run
from tests.loadtests.scenarios.operations import OPERATIONS

pytestmark = pytest.mark.usefixtures("forked_generators")

Load = Callable[[str], Result]


def clean(mock: Any, result: Result) -> Cleaned:
    client = Client(Endpoint.of(mock.target, Contract.load()))
    return cancel_all(client, result.changes)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_asks_what_it_is_there_to_ask_and_nothing_goes_wrong(load: Load, mock: Any, scenario: str) -> None:
    result = load(scenario)
    arrivals = result.statistics.arrivals
    assert (arrivals.planned, arrivals.sent, arrivals.dropped) == (80, 80, 0)
    late = {"cancelBooking"} if SCENARIOS[scenario].together > 1 else set()  # all may come before one is answered
    assert OPERATIONS[scenario] - late <= set(result.statistics.operations) <= OPERATIONS[scenario]
    told = result.statistics.of()
    assert told.count == 80
    assert told.errors == 0, dict(told.statuses)
    assert told.refused == 0
    assert result.ended == ("time" if SCENARIOS[scenario].together > 1 else "count")
    assert bool(result.changes) == SCENARIOS[scenario].writes
    assert clean(mock, result).left == ()


def test_the_booking_flow_cancels_what_it_booked_but_for_what_the_end_cut_off(load: Load, mock: Any) -> None:
    result = load("booking_flow")
    kinds = Counter(change.kind for change in result.changes)
    assert kinds["canceled"] >= 15, "of 80 requests, five each, the two that are cut off have eight at most"
    assert 0 <= kinds["created"] - kinds["canceled"] <= 2
    assert all(0 <= change.sent < change.at for change in result.changes)
    assert clean(mock, result) == Cleaned(kinds["created"] - kinds["canceled"], ())


def test_a_race_has_one_winner_for_each_seat(load: Load, mock: Any) -> None:
    result = load("slot_race")
    told = result.statistics.of("createBooking")
    assert told.statuses == {201: 8, 409: 72}
    assert told.conflicts == 72
    assert len({change.starts_at for change in result.changes}) == 8
    assert clean(mock, result) == Cleaned(8, ())


def test_a_storm_makes_one_booking_for_each_key(load: Load, mock: Any) -> None:
    result = load("idempotency_storm")
    numbers: dict[str, set[str]] = {}
    for change in result.changes:
        if change.kind == "created":
            numbers.setdefault(change.idempotency_key, set()).add(change.confirmation_number)
    assert len(numbers) == 16, "five came at once with each"
    assert all(len(told) == 1 for told in numbers.values())
    booked = [change for change in result.changes if change.kind == "created"]
    told = result.statistics.of("createBooking")
    assert len(booked) == told.statuses[201] == told.count - told.conflicts
    assert sum(change.replayed for change in booked) == len(booked) - 16 > 0
    clean(mock, result)


def test_guesses_are_answered_with_what_they_deserve(load: Load) -> None:
    told = load("self_service").statistics.of("lookupBooking")
    assert told.statuses[403] > 10
    assert told.statuses[404] > 10
    assert told.errors == 0


def test_refusals_are_counted_apart_and_are_no_errors(limited_mock: Any) -> None:
    told = run(limited_mock.plan("browse", rate="100/s")).statistics.of()
    assert told.refused > 30
    assert told.errors == 0
    assert told.count == 100


def test_two_runs_with_one_seed_share_neither_key_nor_contact(load: Load, mock: Any) -> None:
    first, second = load("slot_race"), run(mock.plan("slot_race", duration=0.3))
    clean(mock, first), clean(mock, second)
    for told in ("idempotency_key", "contact"):
        seen = [{getattr(change, told) for change in result.changes} for result in (first, second)]
        assert all(seen)
        assert not seen[0] & seen[1]


def test_users_share_the_requests_however_many_processes_they_are_in(mock: Any) -> None:
    result = run(mock.plan("browse", rate=None, users=3, processes=2, duration=20.0, max_requests=101, max_in_flight=3))
    arrivals = result.statistics.arrivals
    assert (arrivals.planned, arrivals.sent, arrivals.dropped) == (101, 101, 0)
    assert result.ended == "count"


def test_a_closed_model_keeps_its_users_busy_until_the_count_is_reached(mock: Any) -> None:
    result = run(mock.plan("browse", rate=None, users=5, duration=20.0, max_requests=200))
    assert result.statistics.arrivals.sent == 200
    assert result.statistics.of().count == 200
    assert result.ended == "count"


def test_a_closed_model_ends_when_its_time_is_over(mock: Any) -> None:
    result = run(mock.plan("browse", rate=None, users=2, duration=0.5, max_requests=1_000_000))
    assert result.ended == "time"
    arrivals = result.statistics.arrivals
    assert 0 < arrivals.planned == arrivals.sent == result.statistics.of().count < 1_000_000


def test_the_count_bounds_an_open_model(mock: Any) -> None:
    result = run(mock.plan("browse", max_requests=25))
    assert result.statistics.arrivals.planned == 25
    assert result.ended == "count"


def test_a_dead_target_is_said_to_be_dead() -> None:
    organization = Organization("acme-salon", keys=("kord_test_x",))
    with pytest.raises(UnreachableError, match="does not answer"):
        run(Plan("browse", Target("http://127.0.0.1:9", (organization,))))


def test_a_wrong_key_is_said_to_be_wrong(mock: Any) -> None:
    organization = Organization(mock.organization.slug, keys=("kord_test_x",))
    with pytest.raises(TargetError, match="answered with 401"):
        run(Plan("browse", Target(mock.url, (organization,))))


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [({"rate": "fast"}, "no rate"), ({"target": Target("http://127.0.0.1:9")}, "needs an organization")],
)
def test_a_plan_that_cannot_be_is_refused(mock: Any, changes: dict[str, object], trouble: str) -> None:
    plan = mock.plan("browse", **changes)
    with pytest.raises(TargetError, match=trouble):
        run(plan)

"""What a booking may be, in the order in which it is judged, and its limits to the second.

The mock begins at 08:00 UTC on 1 December 2025. A haircut with Sarah takes an hour and wants 24 hours of notice.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NOON = datetime(2025, 12, 3, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def book(client: Any, booking_body: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    def booked(start: datetime, **changes: Any) -> Any:
        times = {"starts_at": written(start), "ends_at": written(start + HOUR)}
        return client.post("public/bookings", json=booking_body(**{"host_id": None, **times, **changes}))

    return booked


@pytest.fixture
def own(client: Any, book: Callable[..., Any]) -> Callable[..., Any]:
    """What a customer does with a booking made for 3 December, 15:00 UTC: `own("cancel")`."""
    number = book(NOON).json["booking"]["confirmation_number"]

    def done(how: str, **body: Any) -> Any:
        return client.post(f"public/bookings/confirmation/{number}/{how}?contact=sarah@example.com", **body)

    return done


def moved_to(start: datetime, length: timedelta = HOUR) -> dict[str, str]:
    return {"start_at": written(start), "end_at": written(start + length)}


def test_refusals_come_in_the_order_of_the_contract(book: Callable[..., Any]) -> None:
    past = datetime(2025, 11, 3, 15, tzinfo=UTC)
    wrong: dict[str, Any] = {
        "service_slug": "no-such-service",
        "ends_at": written(past + 2 * HOUR),
        "host_id": "host_nobody",
        "starts_at": written(past),
    }
    right: dict[str, dict[str, Any]] = {
        "service_slug": {"service_slug": "haircut"},
        "ends_at": {"ends_at": written(past + HOUR)},
        "host_id": {"host_id": None},
        "starts_at": {"starts_at": written(NOON + HOUR / 4), "ends_at": written(NOON + HOUR * 1.25)},
    }
    seen = []
    for corrected in (None, "service_slug", "ends_at", "host_id", "starts_at"):
        wrong.update(right.get(corrected or "", {}))
        seen.append(book(past, **wrong).status_code)
    assert seen == [404, 400, 404, 422, 409]


@pytest.mark.parametrize("service", ["staff-training", "perm"])
def test_an_internal_or_inactive_service_does_not_exist(book: Callable[..., Any], service: str) -> None:
    assert book(NOON, service_slug=service).status_code == 404


@pytest.mark.parametrize("seconds", [-1, 1, 60, -3600])
def test_the_duration_must_match_to_the_second(book: Callable[..., Any], seconds: int) -> None:
    assert book(NOON, ends_at=written(NOON + HOUR + timedelta(seconds=seconds))).status_code == 400


def test_a_start_off_the_grid_is_not_offered(book: Callable[..., Any]) -> None:
    assert book(NOON + timedelta(minutes=15)).status_code == 409
    assert book(NOON + timedelta(seconds=1)).status_code == 409


def test_what_begins_this_very_second_is_past(client: Any, book: Callable[..., Any]) -> None:
    client.advance((NOON - datetime(2025, 12, 1, 8, tzinfo=UTC)).total_seconds() - 1)
    assert book(NOON).status_code == 201
    client.advance(1)
    assert book(NOON).status_code == 422


def test_the_window_ends_with_its_last_second(client: Any, book: Callable[..., Any]) -> None:
    last = datetime(2026, 1, 30, 15, tzinfo=UTC)  # 60 days and 7 hours after the mock began
    client.advance(7 * 3600 - 1)
    assert book(last).status_code == 422
    client.advance(1)
    assert book(last).status_code == 201


def test_more_than_the_free_seats_is_a_conflict_and_less_than_one_is_invalid(book: Callable[..., Any]) -> None:
    assert book(NOON, party_size=2).status_code == 409
    assert book(NOON, party_size=0).status_code == 400


@pytest.mark.parametrize("how", ["cancel", "reschedule"])
def test_notice_is_given_until_exactly_24_hours_before(client: Any, own: Callable[..., Any], how: str) -> None:
    body = {"json": moved_to(NOON + 24 * HOUR)} if how == "reschedule" else {}
    client.advance((NOON - datetime(2025, 12, 1, 8, tzinfo=UTC)).total_seconds() - 24 * 3600 + 1)
    assert own(how, **body).status_code == 422


@pytest.mark.parametrize("how", ["cancel", "reschedule"])
def test_exactly_24_hours_before_is_early_enough(client: Any, own: Callable[..., Any], how: str) -> None:
    body = {"json": moved_to(NOON + 24 * HOUR)} if how == "reschedule" else {}
    client.advance((NOON - datetime(2025, 12, 1, 8, tzinfo=UTC)).total_seconds() - 24 * 3600)
    assert own(how, **body).status_code == 200


def test_the_notice_that_counts_is_that_of_the_old_start(client: Any, own: Callable[..., Any]) -> None:
    soon = datetime(2025, 12, 1, 20, tzinfo=UTC)  # in twelve hours
    assert own("reschedule", json=moved_to(soon)).status_code == 200
    assert own("reschedule", json=moved_to(NOON)).status_code == 422


def test_a_canceled_booking_is_final(own: Callable[..., Any], book: Callable[..., Any]) -> None:
    assert own("cancel").json["booking"]["status"] == "canceled"
    assert own("cancel").status_code == 422
    assert own("reschedule", json=moved_to(NOON)).status_code == 422
    assert book(NOON).status_code == 201, "its slot is free again"


def test_a_move_is_judged_like_a_new_booking(own: Callable[..., Any], book: Callable[..., Any]) -> None:
    assert own("reschedule", json=moved_to(NOON, 2 * HOUR)).status_code == 400
    assert own("reschedule", json=moved_to(NOON - 30 * 24 * HOUR)).status_code == 422
    assert own("reschedule", json=moved_to(NOON + 90 * 24 * HOUR)).status_code == 422
    assert book(NOON + HOUR).status_code == 201
    assert own("reschedule", json=moved_to(NOON + HOUR)).status_code == 409
    assert own("reschedule", json=moved_to(NOON - HOUR / 2)).status_code == 200, "it overlaps its own old time only"


def test_a_refused_move_leaves_the_booking_where_it_was(own: Callable[..., Any], book: Callable[..., Any]) -> None:
    assert own("reschedule", json=moved_to(NOON + HOUR / 4)).status_code == 409
    assert book(NOON).status_code == 409


def test_a_booking_is_offered_its_own_time_and_others_are_not(client: Any, book: Callable[..., Any]) -> None:
    number = book(NOON).json["booking"]["confirmation_number"]
    day = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
    own = client.get(
        f"public/bookings/confirmation/{number}/availability", query_string={**day, "contact": "sarah@example.com"}
    )
    everybody = client.get(
        "public/availability", query_string={**day, "org_slug": "acme-salon", "service_slug": "haircut"}
    )
    starts = [{slot["startsAt"] for slot in answer.json["slots"]} for answer in (own, everybody)]
    assert starts[0] - starts[1] == {written(NOON + n * HOUR / 2) for n in (-1, 0, 1)}

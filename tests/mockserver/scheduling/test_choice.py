"""Who takes a booking: any host, one host, a team; the fewest bookings that day, then the id."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.application.bookings import BookingService, Wish
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.errors import Refused

HOSTS = [{"id": f"host_{letter}", "name": letter} for letter in "cba"]
TEAM = {"id": "team_x", "name": "X", "members": ["host_c", "host_b"]}
EVENING = "2025-12-31T12:00"


@pytest.fixture
def book(at: Callable[[str], int]) -> Callable[..., Booking]:
    """Books the service `talk` at a time of 1 January 2026, unless a date is given."""

    def booked(calendar: BookingService, time: str, **wanted: Any) -> Booking:
        start = at(time if "T" in time else f"2026-01-01T{time}")
        contact = Contact("Ada", "ada@example.com", None)
        wish = Wish(calendar.organization("small"), "talk", start, start + 3600, "UTC", contact, **wanted)
        return calendar.create_booking(wish, at(EVENING))

    return booked


@pytest.fixture
def calendar(small: Any, calendar_of: Callable[[Any], BookingService]) -> Callable[..., BookingService]:
    def built(fulfillment: object = "any", **members: Any) -> BookingService:
        services = [small.service("talk", fulfillment=fulfillment, cancellation={"notice_hours": 0})]
        return calendar_of(small.organization(hosts=HOSTS, teams=[TEAM], **{"services": services, **members}))

    return built


def test_a_tie_goes_to_the_first_id_whatever_the_order_in_the_dataset(calendar: Any, book: Any) -> None:
    assert book(calendar(), "09:00").host == "host_a"


def test_bookings_of_a_day_are_spread_evenly_over_a_team(calendar: Any, book: Any) -> None:
    it = calendar({"team": "team_x"})
    hosts = [book(it, f"{hour:02}:00").host for hour in range(9, 15)]
    assert hosts == ["host_b", "host_c"] * 3
    assert book(it, "2026-01-02T09:00").host == "host_b", "another day begins anew"


def test_the_day_that_counts_is_that_of_the_business(calendar: Any, book: Any, small: Any) -> None:
    it = calendar(timezone="Asia/Kolkata", hours=small.hours("00:00-24:00"))
    # 23:00 and 00:00 in Kolkata: one date in UTC, two there.
    assert book(it, "2026-01-01T17:30").host == "host_a"
    assert book(it, "2026-01-01T18:30").host == "host_a"
    assert book(it, "2026-01-01T16:30").host == "host_b"


def test_only_a_booking_that_holds_seats_counts(calendar: Any, book: Any, at: Any) -> None:
    it = calendar()
    first = book(it, "09:00")
    it.cancel_booking(first.id, at(EVENING))
    assert book(it, "10:00").host == first.host


def test_a_host_who_is_taken_then_is_passed_over(calendar: Any, book: Any) -> None:
    it = calendar()
    assert [book(it, "09:00").host for _ in range(3)] == ["host_a", "host_b", "host_c"]
    with pytest.raises(Refused, match="slot_not_offered"):
        book(it, "09:00")


def test_a_service_of_one_host_is_done_by_no_other(calendar: Any, book: Any) -> None:
    it = calendar({"host": "host_b"})
    assert book(it, "09:00").host == "host_b"
    with pytest.raises(Refused, match="slot_not_offered"):
        book(it, "10:00", host="host_a")


def test_a_client_may_choose_among_hosts_and_teams(calendar: Any, book: Any) -> None:
    it = calendar()
    assert book(it, "09:00", host="host_c").host == "host_c"
    booking = book(it, "10:00", team="team_x")
    assert (booking.host, booking.team) == ("host_b", "team_x")
    with pytest.raises(Refused, match="unknown_host"):
        book(it, "10:00", host="host_z")
    with pytest.raises(Refused, match="unknown_team"):
        book(it, "10:00", team="team_z")
    with pytest.raises(Refused, match="slot_not_offered"):
        book(it, "11:00", host="host_a", team="team_x")


def test_a_moved_booking_keeps_its_host_though_another_has_less_to_do(calendar: Any, book: Any, at: Any) -> None:
    it = calendar()
    booking = book(it, "09:00", host="host_b")
    book(it, "10:00", host="host_b")
    start = at("2026-01-01T12:00")
    assert it.reschedule_booking(booking.id, start, start + 3600, None, None, at(EVENING)).host == "host_b"


def test_where_its_host_is_taken_another_of_its_team_is_chosen(calendar: Any, book: Any, at: Any) -> None:
    it = calendar()
    booking = book(it, "09:00", team="team_x")
    book(it, "12:00", host="host_b")
    start = at("2026-01-01T12:00")
    offered = it.reschedule_availability(booking, start, start + 1, at(EVENING))
    assert [slot.host for slot in offered] == ["host_c"], "host_a is free, but not of the team"
    assert it.reschedule_booking(booking.id, start, start + 3600, None, None, at(EVENING)).host == "host_c"


def test_a_booking_may_move_into_its_own_old_time(calendar: Any, book: Any, at: Any, small: Any) -> None:
    half_hours = small.service("talk", slot_interval_minutes=30, fulfillment={"host": "host_a"})
    it = calendar(services=[half_hours])
    booking = book(it, "2026-01-05T09:00")
    start = at("2026-01-05T09:30")
    for _ in range(2):  # overlapping its old time, then at the very same time
        moved = it.reschedule_booking(booking.id, start, start + 3600, None, None, at(EVENING))
        assert (moved.start, moved.host) == (start, "host_a")

"""Which slot a new booking takes, and with whom (/api/bookings/create, /platform/teams)."""

from collections.abc import Callable
from typing import Any

import pytest

BOOKINGS = "public/bookings"
THREE = "2025-12-03T15:00:00Z"
Body = Callable[..., dict[str, Any]]
Refused = Callable[..., None]
Slots = Callable[..., list[dict[str, Any]]]


def host_of(client: Any, booking: dict[str, Any]) -> str:
    """Answers do not tell the host."""
    return next(str(held.host) for held in client.stored("bookings") if held.id == booking["id"])


@pytest.mark.parametrize(
    ("service", "start_at"),
    [
        ("haircut", "2025-12-03T13:30:00Z"),  # before the opening
        ("haircut", "2025-12-03T21:30:00Z"),  # would end after it
        ("haircut", "2025-12-03T15:15:00Z"),  # off the grid
        ("haircut", "2025-12-03T15:00:01Z"),
        ("haircut", "2025-12-07T15:00:00Z"),  # Sunday
        ("styling-class", "2025-12-03T15:00:00Z"),  # its grid is an hour and a half
    ],
)
def test_a_time_that_is_not_on_offer_cannot_be_booked(
    client: Any, refused: Refused, wish: Body, service: str, start_at: str
) -> None:
    refused(client.post(BOOKINGS, json=wish(client, service, start_at)), "not_a_slot")


@pytest.mark.parametrize("start_at", ["2025-12-03T14:00:00Z", "2025-12-03T21:00:00Z"])
def test_the_first_and_the_last_slot_of_a_day_can_be_booked(client: Any, book: Body, start_at: str) -> None:
    assert book(client, start=start_at)["start_at"] == start_at


@pytest.mark.parametrize("start_at", ["2025-12-03T14:30:00Z", THREE, "2025-12-03T15:30:00Z"])
def test_a_taken_slot_and_those_that_overlap_it_cannot_be_booked(
    client: Any, refused: Refused, book: Body, wish: Body, start_at: str
) -> None:
    book(client)
    refused(client.post(BOOKINGS, json=wish(client, "haircut", start_at)), "slot_not_offered")


def test_a_host_is_not_booked_for_two_services_at_once(client: Any, refused: Refused, book: Body, wish: Body) -> None:
    book(client, "bang-trim", "2025-12-03T15:45:00Z", host_id="host_sarah")
    refused(client.post(BOOKINGS, json=wish(client, "haircut", THREE)), "slot_not_offered")


def test_a_refused_booking_leaves_no_trace(client: Any, book: Body, wish: Body, slots: Slots) -> None:
    book(client)
    before = slots(client)
    assert client.post(BOOKINGS, json=wish(client, "haircut", "2025-12-03T15:30:00Z")).status_code == 409
    assert slots(client) == before


# --- parties


@pytest.mark.parametrize(
    ("taken", "size", "cause"),
    [(0, 8, None), (0, 9, "party_too_large"), (3, 5, None), (3, 6, "party_too_large"), (8, 1, "slot_not_offered")],
)
def test_a_party_needs_its_seats_in_one_slot(
    client: Any, refused: Refused, book: Body, wish: Body, taken: int, size: int, cause: str | None
) -> None:
    at = "2025-12-03T15:30:00Z"
    if taken:
        book(client, "styling-class", at, party_size=taken)
    answer = client.post(BOOKINGS, json=wish(client, "styling-class", at, party_size=size))
    if cause is None:
        assert answer.status_code == 201
    else:
        refused(answer, cause)


def test_a_party_is_too_large_for_a_single_seat(client: Any, refused: Refused, booking_body: Body) -> None:
    refused(client.post(BOOKINGS, json=booking_body(party_size=10**15)), "party_too_large")
    assert client.post(BOOKINGS, json=booking_body(party_size=1.0)).status_code == 201


# --- hosts and teams


def test_a_host_can_be_asked_for(client: Any, book: Body) -> None:
    made = [book(client, "consultation", host_id=host) for host in ("host_sarah", "host_maria", "host_james")]
    assert [host_of(client, booking) for booking in made] == ["host_sarah", "host_maria", "host_james"]


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        ("haircut", {"host_id": "host_maria"}),
        ("haircut", {"team_id": "team_color"}),
        ("color", {"host_id": "host_sarah"}),
        ("consultation", {"host_id": "host_sarah", "team_id": "team_color"}),
    ],
)
def test_a_host_who_does_not_take_the_service_has_no_slots(
    client: Any, refused: Refused, wish: Body, service: str, wanted: dict[str, str]
) -> None:
    refused(client.post(BOOKINGS, json=wish(client, service, THREE, **wanted)), "slot_not_offered")


def test_the_busy_host_who_is_asked_for_is_not_replaced(client: Any, refused: Refused, book: Body, wish: Body) -> None:
    book(client, "consultation", host_id="host_maria")
    answer = client.post(BOOKINGS, json=wish(client, "consultation", THREE, host_id="host_maria"))
    refused(answer, "slot_not_offered")


def test_a_team_that_is_asked_for_gives_one_of_its_members(client: Any, book: Body) -> None:
    made = [book(client, "consultation", team_id="team_color") for _ in range(2)]
    assert {host_of(client, booking) for booking in made} == {"host_james", "host_maria"}


@pytest.mark.parametrize("service", ["color", "consultation"])
def test_bookings_are_spread_evenly_over_the_day(client: Any, book: Body, service: str) -> None:
    made = [book(client, service, f"2025-12-03T{hour}:00:00Z") for hour in (14, 16, 18, 20)]
    ring = ["host_james", "host_maria"] + ["host_sarah"] * (service == "consultation")
    assert [host_of(client, booking) for booking in made] == [ring[turn % len(ring)] for turn in range(4)]


def test_every_day_is_counted_by_itself(client: Any, book: Body) -> None:
    made = [book(client, "color", f"2025-12-0{day}T16:00:00Z") for day in (3, 4, 5)]
    assert [host_of(client, booking) for booking in made] == ["host_james"] * 3


def test_bookings_of_other_services_count_too(client: Any, book: Body) -> None:
    book(client, "styling-class", "2025-12-03T20:00:00Z")  # with James
    assert host_of(client, book(client, "color", "2025-12-03T14:00:00Z")) == "host_maria"


def test_a_slot_is_on_offer_until_its_last_host_is_taken(
    client: Any, refused: Refused, book: Body, wish: Body, slots: Slots
) -> None:
    for free in (2, 1, 0):
        book(client, "consultation")
        assert [slot["startsAt"] for slot in slots(client, "consultation")].count(THREE) == free
    refused(client.post(BOOKINGS, json=wish(client, "consultation", THREE)), "slot_not_offered")


def test_everything_on_offer_can_be_booked(client: Any, book: Body, slots: Slots) -> None:
    book(client, "bridal-styling", "2025-12-03T16:00:00Z")
    while offered := slots(client, "color"):
        first = offered[0]
        booking = book(client, "color", first["startsAt"], host_id=first["hostId"], team_id=first["teamId"])
        assert (booking["start_at"], booking["end_at"]) == (first["startsAt"], first["endsAt"])

"""Whatever is booked, moved, canceled, in whatever order: nobody is in two places, and the offer tells the truth."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mockserver.application.bookings import BookingService, Wish
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.errors import Refused
from mockserver.domain.slots import Slot
from tests.effort import draws

BEGIN = 1761955200  # 2025-11-01T00:00:00Z, the day before clocks change in New York
DAY = 86400
SERVICES = st.sampled_from(["talk", "class", "checkup"])
PARTIES = st.integers(1, 3)


class Salon(RuleBasedStateMachine):
    def __init__(self, calendar: BookingService, untouched: BookingService) -> None:
        """In the `untouched` one nobody ever books."""
        super().__init__()
        self.calendar = calendar
        self.untouched = untouched
        self.it = calendar.organization("small")
        self.now = BEGIN
        self.made: dict[str, Booking] = {}

    def slots(self, service: str, party: int = 1) -> list[Slot]:
        return list(self.calendar.availability(self.it, service, self.now, self.now + 2 * DAY, party, self.now))

    def wish(self, service: str, start: int, party: int, host: str | None, team: str | None) -> Wish:
        end = start + self.it.services[service].calendar.duration * 60
        contact = Contact("Ada", "ada@example.com", None)
        return Wish(self.it, service, start, end, "UTC", contact, party_size=party, host=host, team=team)

    def why_not(self, service: str, start: int) -> str:
        """The causes that a start with no taker may be refused for."""
        if start <= self.now:
            return "start_in_past"
        begins = list(self.untouched.availability(self.it, service, start, start + 1, 1, self.now))
        return "slot_not_offered|party_too_large" if begins else "not_a_slot"

    def movable(self) -> list[Booking]:
        return [booking for booking in self.made.values() if booking.active and booking.start - self.now >= 3600]

    @rule(data=st.data(), service=SERVICES, party=PARTIES, host_matters=st.booleans())
    def what_is_offered_can_be_booked(self, data: st.DataObject, service: str, party: int, host_matters: bool) -> None:
        slots = self.slots(service, party)
        if not slots:
            return
        slot = data.draw(st.sampled_from(slots))
        host = slot.host if host_matters else None
        booking = self.calendar.create_booking(self.wish(service, slot.start, party, host, None), self.now)
        self.made[booking.id] = booking
        assert (booking.start, booking.end) == (slot.start, slot.end)
        taken = next(one for one in slots if (one.start, one.host) == (slot.start, booking.host))
        left = [one.free for one in self.slots(service) if (one.start, one.host) == (slot.start, booking.host)]
        assert left == ([taken.free - party] if taken.free > party else []), "what is booked is still offered"

    @rule(
        service=SERVICES,
        party=PARTIES,
        quarter=st.integers(-4, 190),
        host=st.sampled_from([None, None, "host_a", "host_b", "host_c"]),
        team=st.sampled_from([None, None, "team_x"]),
    )
    def only_what_is_offered_can_be_booked(
        self, service: str, party: int, quarter: int, host: str | None, team: str | None
    ) -> None:
        start = (self.now // 900 + quarter) * 900
        members = self.it.teams["team_x"].members
        takers = [
            slot.host
            for slot in self.slots(service, party)
            if slot.start == start and host in (None, slot.host) and (team is None or slot.host in members)
        ]
        wish = self.wish(service, start, party, host, team)
        if takers:
            booking = self.calendar.create_booking(wish, self.now)
            assert booking.host in takers
            self.made[booking.id] = booking
        else:
            with pytest.raises(Refused, match=self.why_not(service, start)):
                self.calendar.create_booking(wish, self.now)

    @precondition(lambda self: self.movable())
    @rule(data=st.data())
    def what_is_offered_to_a_booking_it_can_move_to(self, data: st.DataObject) -> None:
        booking = data.draw(st.sampled_from(self.movable()))
        found = self.calendar.reschedule_availability(booking, self.now, self.now + 2 * DAY, self.now)
        slot = data.draw(st.sampled_from(list(found) or [None]))  # type: ignore[list-item]
        if slot is None:
            return
        moved = self.calendar.reschedule_booking(booking.id, slot.start, slot.end, None, None, self.now)
        takers = [host for host, _ in found.by_start[slot.start]]
        assert moved.host == booking.host if booking.host in takers else moved.host in takers
        assert (moved.start, moved.status, moved.sequence) == (slot.start, booking.status, booking.sequence + 1)
        self.made[moved.id] = moved

    @precondition(lambda self: self.movable())
    @rule(data=st.data(), by_staff=st.booleans())
    def a_canceled_booking_frees_its_seats(self, data: st.DataObject, by_staff: bool) -> None:
        booking = data.draw(st.sampled_from(self.movable()))
        canceled = (
            self.calendar.cancel_by_staff(booking.id)
            if by_staff
            else self.calendar.cancel_booking(booking.id, self.now)
        )
        self.made[booking.id] = canceled
        again = self.calendar.reschedule_availability(booking, booking.start, booking.start + 1, self.now)
        assert booking.host in [slot.host for slot in again]

    @precondition(lambda self: any(booking.status == "pending" for booking in self.made.values()))
    @rule(data=st.data())
    def staff_confirm(self, data: st.DataObject) -> None:
        pending = [booking for booking in self.made.values() if booking.status == "pending"]
        booking = data.draw(st.sampled_from(pending))
        self.made[booking.id] = self.calendar.confirm_booking(booking.id)
        assert self.made[booking.id].status == "confirmed"

    @rule(seconds=st.sampled_from([1, 60, 1799, 3600, 5 * 3600, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def nobody_is_double_booked(self) -> None:
        active = [booking for booking in self.made.values() if booking.active]
        seats: dict[tuple[str, str, int], int] = {}
        for booking in active:
            slot = booking.host, booking.service, booking.start
            seats[slot] = seats.get(slot, 0) + booking.party_size
        for (_, service, _), taken in seats.items():
            assert taken <= self.it.services[service].calendar.seats
        for one, other in combinations(active, 2):
            if one.host != other.host or (one.service, one.start) == (other.service, other.start):
                continue
            for a, b in ((one, other), (other, one)):
                assert a.end + a.buffer_after <= b.start or b.end <= a.start - a.buffer_before


@pytest.fixture(scope="module")
def salon(small: Any, calendar_of: Callable[[Any], BookingService]) -> Any:
    stated = small.organization(
        timezone="America/New_York",
        hours=small.hours("00:00-03:00", "09:00-13:00", "22:00-24:00"),
        hosts=[
            {"id": "host_a", "name": "A"},
            {"id": "host_b", "name": "B", "hours": small.hours("00:00-04:00", "10:00-12:00")},
            {"id": "host_c", "name": "C"},
        ],
        teams=[{"id": "team_x", "name": "X", "members": ["host_a", "host_b"], "hours": small.hours("00:00-12:30")}],
        services=[
            small.service("talk", slot_interval_minutes=30, buffer_after_minutes=20),
            small.service("class", duration_minutes=90, slot_interval_minutes=45, seats=4, buffer_before_minutes=15),
            small.service(
                "checkup", duration_minutes=30, seats=2, requires_confirmation=True, fulfillment={"team": "team_x"}
            ),
        ],
    )
    for service in stated["services"]:
        service["cancellation"] = {"notice_hours": 1}
    return lambda: Salon(calendar_of(stated), calendar_of(stated))


def test_no_sequence_of_requests_books_anybody_twice_or_makes_the_offer_a_lie(salon: Any) -> None:
    run_state_machine_as_test(
        salon,
        settings=settings(
            max_examples=draws(150), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

"""What is true of slots, and would not be if a mutant had its way."""

from typing import Any

from mockserver.domain.instants import parse_instant
from tests.mockserver.mutant_server import Server, truths

CLASS = {"service_slug": "styling-class", "starts_at": "2025-12-03T14:00:00Z", "ends_at": "2025-12-03T15:30:00Z"}
BRIDAL = {"service_slug": "bridal-styling", "starts_at": "2025-12-10T15:00:00Z", "ends_at": "2025-12-10T17:00:00Z"}
COLOR = {"service_slug": "color", "starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T16:30:00Z"}
HALF_PAST = {"from": "2025-12-03T15:00:00Z", "to": "2025-12-03T15:30:00Z"}


def slot(timezone: str) -> dict[str, Any]:
    return {
        "startsAt": "2025-12-03T15:00:00Z",
        "endsAt": "2025-12-03T16:00:00Z",
        "capacity": 1,
        "availableCapacity": 1,
        "serviceId": "haircut",
        "hostId": "host_sarah",
        "teamId": None,
        "timezone": timezone,
        "host": {"id": "host_sarah", "displayName": "Sarah"},
        "team": None,
    }


def slot_in_every_member(server: Server) -> None:
    answer = server.slots(timezone="Europe/Berlin", **HALF_PAST)
    assert answer.json == {"slots": [slot("Europe/Berlin")]}


def slot_of_a_team(server: Server) -> None:
    slots = server.slots("color", **HALF_PAST).json
    assert slots
    assert [slot["team"] for slot in slots["slots"]] == [{"id": "team_color", "name": "Color Team"}] * 2


def slots_to_move_to(server: Server) -> None:
    path = f"public/bookings/confirmation/{server.booked()}/availability"
    answer = server.get(path, None, query_string={"contact": "sarah@example.com", **HALF_PAST})
    assert answer.json == {"slots": [slot("America/New_York")]}


def party_of_none(server: Server) -> None:
    assert server.slots(partySize=0).status_code == 400


def seats_of_a_class(server: Server) -> None:
    server.create(**CLASS, party_size=3)
    slots = server.slots("styling-class", to="2025-12-03T14:00:01Z").json
    assert slots
    assert [(slot["capacity"], slot["availableCapacity"]) for slot in slots["slots"]] == [(8, 5)]


def order_of_slots(server: Server) -> None:
    slots = server.slots("consultation").json
    assert slots
    found = [(slot["startsAt"], slot["hostId"]) for slot in slots["slots"]]
    assert found == sorted(found)


def hosts_of_one_start(server: Server) -> None:
    slots = server.slots("consultation", **HALF_PAST).json
    assert slots
    hosts = [slot["hostId"] for slot in slots["slots"] if slot["startsAt"] == HALF_PAST["from"]]
    assert hosts == ["host_james", "host_maria", "host_sarah"]


def sunday(server: Server) -> None:
    answer = server.slots(**{"from": "2025-12-07T00:00:00Z", "to": "2025-12-08T00:00:00Z"})
    assert answer.json == {"slots": []}


def slots_of_a_day_that_has_begun(server: Server) -> None:
    server.advance(10 * 3600)
    starts = server.starts(**{"from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"})
    assert starts[0] == "2025-12-01T18:30:00Z"


def slots_two_weeks_ahead(server: Server) -> None:
    starts = server.starts("consultation", **{"from": "2025-12-15T00:00:00Z", "to": "2025-12-17T00:00:00Z"})
    assert starts == []


def slots_of_an_hour(server: Server) -> None:
    starts = server.starts(**{"from": "2025-12-03T15:00:00Z", "to": "2025-12-03T16:00:00Z"})
    assert starts == ["2025-12-03T15:00:00Z", "2025-12-03T15:30:00Z"]


def longest_range(server: Server) -> None:
    asked = [{"from": "2025-12-03T00:00:00Z", "to": f"2026-01-03T00:00:0{second}Z"} for second in (0, 1)]
    assert [server.slots(**query).status_code for query in asked] == [200, 400]


def reversed_range(server: Server) -> None:
    asked = [{"from": "2025-12-04T00:00:00Z", "to": f"2025-12-0{day}T00:00:00Z"} for day in (3, 4)]
    assert [server.slots(**query).status_code for query in asked] == [400, 400]


def grid_of_half_hours(server: Server) -> None:
    opening = parse_instant("2025-12-03T14:00:00Z")
    starts = [parse_instant(start) - opening for start in server.starts()]
    assert starts == [half_hour * 1800 for half_hour in range(15)]


def slot_of_a_pending_booking(server: Server) -> None:
    server.create(**BRIDAL)
    starts = server.starts("bridal-styling", **{"from": BRIDAL["starts_at"], "to": "2025-12-10T15:00:01Z"})
    assert starts == []


def slots_around_a_booking(server: Server) -> None:
    server.create()
    starts = server.starts(**{"from": "2025-12-03T14:00:00Z", "to": "2025-12-03T16:30:00Z"})
    assert starts == ["2025-12-03T14:00:00Z", "2025-12-03T16:00:00Z"]


def slots_around_another_service(server: Server) -> None:
    server.create()
    slots = server.slots("bang-trim", **{"from": "2025-12-03T15:30:00Z", "to": "2025-12-03T15:30:01Z"}).json
    assert slots
    assert [slot["hostId"] for slot in slots["slots"]] == ["host_james", "host_maria"]


def slots_that_last_an_hour(server: Server) -> None:
    slots = server.slots().json
    assert slots
    assert {parse_instant(slot["endsAt"]) - parse_instant(slot["startsAt"]) for slot in slots["slots"]} == {3600}


def buffer_after_a_booking(server: Server) -> None:
    server.create(**COLOR, host_id="host_maria")
    slots = server.slots("color", **{"from": "2025-12-03T14:00:00Z", "to": "2025-12-03T18:00:00Z"}).json
    assert slots
    starts = [slot["startsAt"] for slot in slots["slots"] if slot["hostId"] == "host_maria"]
    assert starts == ["2025-12-03T17:00:00Z", "2025-12-03T17:30:00Z"]


CASES = truths(
    {
        "slots-unwrapped": slot_in_every_member,
        "reschedule-slots-renamed": slots_to_move_to,
        "reschedule-slots-absent": slots_to_move_to,
        "party-of-none-accepted": party_of_none,
        "slot-timezone-ignored": slot_in_every_member,
        "unset-team-absent": slot_in_every_member,
        "host-called-name": slot_in_every_member,
        "team-without-name": slot_of_a_team,
        "slot-service-prefixed": slot_in_every_member,
        "slot-ends-too-early": slots_that_last_an_hour,
        "last-slot-cut-short": slots_that_last_an_hour,
        "capacity-one-more": slot_in_every_member,
        "capacity-shrinks": seats_of_a_class,
        "slots-latest-first": order_of_slots,
        "slots-by-host": order_of_slots,
        "one-slot-each-start": hosts_of_one_start,
        "no-slots-null": sunday,
        "past-slots-offered": slots_of_a_day_that_has_begun,
        "slots-beyond-window": slots_two_weeks_ahead,
        "range-start-exclusive": slots_of_an_hour,
        "range-end-inclusive": slots_of_an_hour,
        "range-a-day-shorter": longest_range,
        "long-range-accepted": longest_range,
        "reversed-range-accepted": reversed_range,
        "empty-range-accepted": reversed_range,
        "grid-of-its-own": grid_of_half_hours,
        "pending-takes-no-seat": slot_of_a_pending_booking,
        "party-takes-one-seat": seats_of_a_class,
        "overlap-allowed": slots_around_a_booking,
        "other-services-overlooked": slots_around_another_service,
        "buffers-ignored": buffer_after_a_booking,
    }
)

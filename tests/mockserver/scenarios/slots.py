"""What is true of slots, and would not be if a mutant had its way."""

from collections.abc import Callable

from mockserver.domain.instants import parse_instant
from tests.mockserver.mutant_server import Server, at, truths

CLASS = {"service_slug": "styling-class", "starts_at": "2025-12-03T14:00:00Z", "ends_at": "2025-12-03T15:30:00Z"}
BRIDAL = {"service_slug": "bridal-styling", "starts_at": "2025-12-10T15:00:00Z", "ends_at": "2025-12-10T17:00:00Z"}
COLOR = {"service_slug": "color", "starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T16:30:00Z"}
AROUND_THREE = {"from": "2025-12-03T14:45:00Z", "to": "2025-12-03T15:15:00Z"}


def slot_has(value: object, member: str, service: str = "haircut", **query: str) -> Callable[[Server], None]:
    """The one that starts at 15:00."""

    def scenario(server: Server) -> None:
        assert at(server.slots(service, **AROUND_THREE, **query), "slots", 0, member) == value

    return scenario


def hosts(server: Server, service: str, start: str) -> list[str]:
    return [slot["hostId"] for slot in (server.slots(service).json or {})["slots"] if slot["startsAt"] == start]


def party_of_none(server: Server) -> None:
    assert server.slots(partySize=0).status_code == 400


def capacity_of_a_class(server: Server) -> None:
    server.create(**CLASS, party_size=3)
    assert at(server.slots("styling-class"), "slots", 0, "capacity") == 8


def a_full_slot(server: Server) -> None:
    slot = server.wish()
    server.create()
    assert slot["starts_at"] not in {one["startsAt"] for one in (server.slots().json or {})["slots"]}


def seats_left_in_a_class(server: Server) -> None:
    server.create(**CLASS, party_size=3)
    slots = (server.slots("styling-class").json or {})["slots"]
    assert {slot["availableCapacity"] for slot in slots if slot["startsAt"] == CLASS["starts_at"]} == {5}


def order_of_slots(server: Server) -> None:
    slots = (server.slots("consultation").json or {})["slots"]
    found = [(slot["startsAt"], slot["hostId"]) for slot in slots]
    assert found == sorted(found)


def hosts_of_one_start(server: Server) -> None:
    found = hosts(server, "consultation", "2025-12-03T15:00:00Z")
    assert sorted(found) == ["host_james", "host_maria", "host_sarah"]


def sunday(server: Server) -> None:
    answer = server.slots(**{"from": "2025-12-07T00:00:00Z", "to": "2025-12-08T00:00:00Z"})
    assert answer.json == {"slots": []}


def slots_of_a_day_that_has_begun(server: Server) -> None:
    server.advance(10 * 3600)
    starts = server.starts(**{"from": "2025-12-01T00:00:00Z", "to": "2025-12-02T00:00:00Z"})
    assert min(starts) > "2025-12-01T18:00:00Z"


def slots_two_weeks_ahead(server: Server) -> None:
    answer = server.slots("consultation", **{"from": "2025-12-15T00:00:00Z", "to": "2025-12-17T00:00:00Z"})
    assert not at(answer, "slots")


def slots_of_an_hour(server: Server) -> None:
    starts = server.starts(**{"from": "2025-12-03T15:00:00Z", "to": "2025-12-03T16:00:00Z"})
    assert "2025-12-03T15:00:00Z" in starts
    assert "2025-12-03T16:00:00Z" not in starts


def longest_range(server: Server) -> None:
    assert server.slots(**{"from": "2025-12-03T00:00:00Z", "to": "2026-01-03T00:00:00Z"}).status_code == 200


def range_too_long(server: Server) -> None:
    assert server.slots(**{"from": "2025-12-03T00:00:00Z", "to": "2026-01-03T01:00:01Z"}).status_code == 400


def october_in_berlin(server: Server) -> None:
    assert server.slots(**{"from": "2026-09-30T22:00:00Z", "to": "2026-10-31T23:00:00Z"}).status_code == 200


def reversed_range(server: Server) -> None:
    asked = [{"from": "2025-12-04T00:00:00Z", "to": f"2025-12-0{day}T00:00:00Z"} for day in (3, 4)]
    assert [server.slots(**query).status_code for query in asked] == [400, 400]


def grid_of_half_hours(server: Server) -> None:
    starts = [parse_instant(start) for start in server.starts()]
    assert {(start - min(starts)) % 1800 for start in starts} == {0}


def slot_of_a_pending_booking(server: Server) -> None:
    server.create(**BRIDAL)
    answer = server.slots("bridal-styling", **{"from": "2025-12-10T14:45:00Z", "to": "2025-12-10T15:15:00Z"})
    assert not at(answer, "slots")


def slot_of_a_confirmed_booking(server: Server) -> None:
    server.create()
    assert "2025-12-03T15:00:00Z" not in server.starts()


def slots_that_overlap_a_booking(server: Server) -> None:
    server.create()
    assert not {"2025-12-03T14:30:00Z", "2025-12-03T15:30:00Z"} & set(server.starts())


def slots_beside_another_service(server: Server) -> None:
    server.create()
    assert "host_sarah" not in hosts(server, "bang-trim", "2025-12-03T15:30:00Z")


def buffer_after_a_booking(server: Server) -> None:
    server.create(**COLOR, host_id="host_maria")
    assert "host_maria" not in hosts(server, "color", "2025-12-03T16:30:00Z")


def larger_of_two_buffers(server: Server) -> None:
    server.create(**{**BRIDAL, "starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T17:00:00Z"})
    server.create(
        **{**COLOR, "starts_at": "2025-12-03T17:30:00Z", "ends_at": "2025-12-03T19:00:00Z"}, host_id="host_james"
    )
    assert [start for start in server.starts("color") if "2025-12-03T17:30:00Z" <= start < "2025-12-03T17:45:00Z"]


def colors_of_one_day(server: Server) -> None:
    times = [("15:00", "16:30"), ("18:00", "19:30")]
    for start, end in times:
        server.create(**{**COLOR, "starts_at": f"2025-12-03T{start}:00Z", "ends_at": f"2025-12-03T{end}:00Z"})
    left = [hosts(server, "color", f"2025-12-03T{start}:00Z") for start, _ in times]
    assert left[0] != left[1]


def slots_that_last_an_hour(server: Server) -> None:
    slots = (server.slots().json or {})["slots"]
    assert {parse_instant(slot["endsAt"]) - parse_instant(slot["startsAt"]) for slot in slots} == {3600}


CASES = truths(
    {
        "party-of-none-accepted": party_of_none,
        "slot-timezone-ignored": slot_has("Europe/Berlin", "timezone", timezone="Europe/Berlin"),
        "unset-team-absent": slot_has(None, "teamId"),
        "host-called-name": slot_has({"id": "host_sarah", "displayName": "Sarah"}, "host"),
        "team-without-name": slot_has({"id": "team_color", "name": "Color Team"}, "team", "color"),
        "slot-service-prefixed": slot_has("haircut", "serviceId"),
        "slot-ends-too-early": slots_that_last_an_hour,
        "last-slot-cut-short": slots_that_last_an_hour,
        "capacity-one-more": slot_has(1, "capacity"),
        "capacity-shrinks": capacity_of_a_class,
        "slots-latest-first": order_of_slots,
        "slots-by-host": order_of_slots,
        "one-slot-each-start": hosts_of_one_start,
        "host-twice": hosts_of_one_start,
        "no-slots-null": sunday,
        "past-slots-offered": slots_of_a_day_that_has_begun,
        "slots-beyond-window": slots_two_weeks_ahead,
        "range-start-exclusive": slots_of_an_hour,
        "range-end-inclusive": slots_of_an_hour,
        "range-a-day-shorter": longest_range,
        "month-with-clock-change-refused": october_in_berlin,
        "long-range-accepted": range_too_long,
        "reversed-range-accepted": reversed_range,
        "empty-range-accepted": reversed_range,
        "grid-of-its-own": grid_of_half_hours,
        "pending-takes-no-seat": slot_of_a_pending_booking,
        "confirmed-takes-no-seat": slot_of_a_confirmed_booking,
        "full-slots-listed": a_full_slot,
        "party-takes-one-seat": seats_left_in_a_class,
        "overlap-allowed": slots_that_overlap_a_booking,
        "other-services-overlooked": slots_beside_another_service,
        "buffers-ignored": buffer_after_a_booking,
        "buffers-added": larger_of_two_buffers,
        "first-member-takes-all": colors_of_one_day,
    }
)
IMPLIED = {
    # Whose scenarios look at which slots are listed.
    "full-slots-listed": {"availability.seats_taken_by", "availability.team_spread"},
    "range-a-day-shorter": {"availability.range_slack"},
    "confirmed-takes-no-seat": {"availability.team_spread", "availability.full_slots"},
    "overlap-allowed": {"availability.buffers"},
}

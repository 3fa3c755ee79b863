"""Hours, grid, seats and buffers: each sentence of the contract's availability rules, by an example worked by hand.

1 January 2026 is a Thursday. The small organization is open from nine to five in UTC, its talk takes an hour.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from mockserver.domain.hours import INHERITED, Hours, Opening, Schedule, openings

DAY = "2026-01-01 "
MORNING = [f"{DAY}{hour:02}:00" for hour in range(9, 12)]


def on_the_day(*times: str) -> list[str]:
    return [DAY + time for time in times]


def host(small_id: str = "host_a", **tier: Any) -> dict[str, Any]:
    return {"id": small_id, "name": small_id, **tier}


def team(*members: str, **tier: Any) -> dict[str, Any]:
    return {"id": f"team_{len(tier)}{''.join(members)}", "name": "T", "members": list(members), **tier}


# --- three tiers


def test_a_team_inherits_the_hours_of_the_business_and_a_host_those_of_the_team(small: Any, offered: Any) -> None:
    it = small.organization(hours=small.hours("09:00-12:00"), teams=[team("host_a")])
    assert offered(it) == MORNING


def test_shifts_may_be_split(small: Any, offered: Any) -> None:
    it = small.organization(hours=small.hours("09:00-10:30", "13:00-15:00"))
    assert offered(it) == on_the_day("09:00", "13:00", "14:00")


def test_what_counts_is_where_all_tiers_are_open(small: Any, offered: Any) -> None:
    it = small.organization(
        hours=small.hours("08:00-16:00"),
        teams=[team("host_a", hours=small.hours("09:00-18:00"))],
        hosts=[host(hours=small.hours("07:00-10:00", "15:00-20:00"))],
    )
    assert offered(it) == on_the_day("09:00", "15:00")


def test_who_is_in_several_teams_is_open_when_any_of_them_is(small: Any, offered: Any) -> None:
    early, late = small.hours("09:00-11:00"), small.hours("10:00-12:00")
    it = small.organization(teams=[team("host_a", hours=early), team("host_a", hours=late, exceptions={})])
    assert offered(it) == MORNING


def test_who_is_in_no_team_has_the_business_for_a_parent(small: Any, offered: Any) -> None:
    closed = team("host_b", hours={})
    it = small.organization(hosts=[host(), host("host_b")], teams=[closed], hours=small.hours("09:00-10:00"))
    assert offered(it, host="host_a") == on_the_day("09:00")
    assert offered(it, host="host_b") == []


def test_a_weekday_that_a_tier_leaves_out_is_closed(small: Any, offered: Any) -> None:
    it = small.organization(hosts=[host(hours={"friday": ["09:00-10:00"]})])
    assert offered(it, days=7) == ["2026-01-02 09:00"]


# --- exceptions


def test_a_holiday_of_the_business_closes_every_tier(small: Any, offered: Any) -> None:
    it = small.organization(
        exceptions={"2026-01-01": []},
        teams=[team("host_a", hours=small.hours("09:00-12:00"))],
        hosts=[host(hours=small.hours("09:00-12:00"))],
    )
    assert offered(it) == []


def test_an_exception_replaces_the_hours_of_its_own_tier_only(small: Any, offered: Any) -> None:
    it = small.organization(
        exceptions={"2026-01-01": ["06:00-20:00"]},
        hosts=[host(hours=small.hours("09:00-10:00")), host("host_b", exceptions={"2026-01-01": ["18:00-22:00"]})],
    )
    assert offered(it, host="host_a") == on_the_day("09:00")
    assert offered(it, host="host_b") == on_the_day("18:00", "19:00")


def test_an_exception_of_a_tier_that_inherits_leaves_its_other_days_alone(small: Any, offered: Any) -> None:
    it = small.organization(hours=small.hours("09:00-10:00"), hosts=[host(exceptions={"2026-01-02": []})])
    assert offered(it, days=3) == ["2026-01-01 09:00", "2026-01-03 09:00"]


# --- grid


def test_starts_count_from_the_opening_by_the_interval(small: Any, offered: Any) -> None:
    it = small.organization(
        hours=small.hours("09:10-11:00", "13:05-14:05"), services=[small.service("talk", slot_interval_minutes=40)]
    )
    assert offered(it) == on_the_day("09:10", "09:50", "13:05")


def test_openings_that_adjoin_are_one_and_so_is_their_grid(small: Any, offered: Any) -> None:
    hours = small.hours("09:00-10:30", "10:30-12:00")
    assert offered(small.organization(hours=hours)) == MORNING


def test_openings_join_over_midnight_and_the_grid_goes_on(small: Any, offered: Any) -> None:
    long = small.service("talk", duration_minutes=90)
    it = small.organization(hours=small.hours("00:00-03:00", "23:00-24:00"), services=[long])
    # One opening from 23:00 to 03:00.
    assert offered(it, days=2) == [
        "2026-01-01 00:30",
        "2026-01-01 23:00",
        "2026-01-02 00:30",
        "2026-01-02 23:00",
    ]


def test_where_the_next_day_opens_later_a_slot_must_end_by_midnight(small: Any, offered: Any) -> None:
    it = small.organization(hours=small.hours("23:00-24:00"))
    assert offered(it) == on_the_day("23:00")
    it = small.organization(hours=small.hours("23:30-24:00"))
    assert offered(it) == []


def test_a_grid_without_beginning_counts_from_1970(small: Any, offered: Any) -> None:
    # 1 January 2026 is 20,454 days after it: 29,453,760 minutes, of which 50 minutes leave 10 over.
    service = small.service("talk", slot_interval_minutes=50)
    it = small.organization(hours=small.hours("00:00-24:00"), services=[service])
    assert offered(it)[:2] == on_the_day("00:40", "01:30")


def test_a_week_around_the_clock_by_exceptions_has_a_beginning(small: Any, offered: Any) -> None:
    nights = {f"2025-12-{day}": ["00:00-24:00"] for day in range(20, 32)} | {"2026-01-01": ["00:00-24:00"]}
    service = small.service("talk", slot_interval_minutes=70)
    it = small.organization(hours={}, exceptions=nights, services=[service])
    minutes = 12 * 1440  # since midnight of 20 December
    assert offered(it)[0] == DAY + f"00:{-minutes % 70:02}"


def test_a_closed_day_gives_the_clock_around_a_new_beginning(small: Any, offered: Any) -> None:
    service = small.service("talk", slot_interval_minutes=70)
    it = small.organization(hours=small.hours("00:00-24:00"), exceptions={"2025-06-01": []}, services=[service])
    days = (date(2026, 1, 1) - date(2025, 6, 2)).days
    assert offered(it)[0] == DAY + f"00:{-(days * 1440) % 70:02}"


# --- seats and buffers


def test_seats_are_taken_by_confirmed_and_pending_bookings_alone(
    small: Any, calendar_of: Callable[..., Any], at: Any
) -> None:
    made = [
        small.booking(n, start="2026-01-01T09:00:00Z", status=status, party_size=size)
        for n, (status, size) in enumerate([("confirmed", 2), ("pending", 3), ("canceled", 4)])
    ]
    it = calendar_of(small.organization(services=[small.service("talk", seats=8)], bookings=made))
    first, last = at("2026-01-01T09:00"), at("2026-01-01T10:00:01Z")
    slots = list(it.availability(it.organization("small"), "talk", first, last, 1, first - 86400))
    assert [(slot.capacity, slot.free) for slot in slots] == [(8, 3), (8, 8)]


def test_a_slot_with_too_few_seats_for_the_party_is_left_out(small: Any, offered: Any) -> None:
    booked = [small.booking(1, start="2026-01-01T09:00:00Z", party_size=2)]
    it = small.organization(
        hours=small.hours("09:00-11:00"), services=[small.service("talk", seats=3)], bookings=booked
    )
    assert offered(it, party=1) == on_the_day("09:00", "10:00")
    assert offered(it, party=2) == on_the_day("10:00")
    assert offered(it, party=4) == []


def test_an_overlap_with_another_start_blocks_whatever_seats_are_free(small: Any, offered: Any) -> None:
    service = small.service("talk", seats=12, slot_interval_minutes=30)
    booked = [small.booking(1, start="2026-01-01T10:00:00Z")]
    it = small.organization(hours=small.hours("09:00-12:00"), services=[service], bookings=booked)
    assert offered(it) == on_the_day("09:00", "10:00", "11:00")


def test_an_overlap_with_another_service_of_the_host_blocks_too(small: Any, offered: Any) -> None:
    services = [small.service("talk", seats=12), small.service("walk", duration_minutes=30)]
    booked = [small.booking(1, service="walk", start="2026-01-01T10:00:00Z")]
    it = small.organization(hours=small.hours("09:00-12:00"), services=services, bookings=booked)
    assert offered(it) == on_the_day("09:00", "11:00")


@pytest.mark.parametrize(
    ("buffers", "others", "starts"),
    [
        ((0, 0), (0, 0), ["09:00", "09:30", "10:00", "11:30", "12:00", "12:30"]),
        ((30, 0), (0, 0), ["09:00", "09:30", "10:00", "12:00", "12:30"]),
        ((0, 30), (0, 0), ["09:00", "09:30", "11:30", "12:00", "12:30"]),
        ((30, 30), (30, 30), ["09:00", "09:30", "12:00", "12:30"]),  # the larger counts, not the sum
        ((30, 0), (0, 60), ["09:00", "09:30", "10:00", "12:30"]),
        ((0, 30), (60, 0), ["09:00", "11:30", "12:00", "12:30"]),
        ((31, 0), (0, 0), ["09:00", "09:30", "10:00", "12:30"]),  # to the minute
    ],
)
def test_between_two_bookings_the_larger_buffer_counts(
    small: Any, offered: Any, buffers: tuple[int, int], others: tuple[int, int], starts: list[str]
) -> None:
    def padded(key: str, length: int, around: tuple[int, int]) -> Any:
        before, after = around
        return small.service(
            key,
            duration_minutes=length,
            slot_interval_minutes=30,
            buffer_before_minutes=before,
            buffer_after_minutes=after,
        )

    it = small.organization(
        hours=small.hours("09:00-13:00"),
        services=[padded("talk", 30, buffers), padded("walk", 60, others)],
        bookings=[small.booking(1, service="walk", start="2026-01-01T10:30:00Z")],
    )
    assert offered(it) == on_the_day(*starts)


def test_buffers_may_reach_outside_opening_hours(small: Any, offered: Any) -> None:
    padded = small.service("talk", buffer_before_minutes=60, buffer_after_minutes=60)
    it = small.organization(hours=small.hours("09:00-10:00"), services=[padded])
    assert offered(it) == on_the_day("09:00")


# --- range and window


def test_the_range_holds_its_beginning_and_not_its_end(small: Any, offered: Any) -> None:
    it = small.organization()
    assert offered(it, first="2026-01-01T09:00")[0] == "2026-01-01 09:00"
    assert offered(it, first="2026-01-01T09:00:01Z")[-1] == "2026-01-02 09:00"
    assert offered(it, first="2025-12-31T09:00")[-1] == "2025-12-31 16:00"


def test_what_has_begun_is_left_out_and_so_is_what_lies_beyond_the_window(small: Any, offered: Any) -> None:
    it = small.organization(services=[small.service("talk", booking_window_days=1)])
    assert offered(it, now="2026-01-01T11:59:59Z")[0] == DAY + "12:00"
    assert offered(it, now="2026-01-01T12:00")[0] == DAY + "13:00"
    assert offered(it, now="2025-12-31T12:00")[-1] == DAY + "12:00"
    assert offered(it, now="2025-12-31T11:59:59Z")[-1] == DAY + "11:00"


# --- warnings and values that cannot be wrong


def test_a_tier_outside_its_parent_is_a_warning_and_one_within_it_is_none(small: Any, dataset_of: Any) -> None:
    it = small.organization(
        teams=[team("host_a", hours=small.hours("08:00-12:00"))],
        hosts=[
            host(
                hours={"monday": ["09:00-12:00"], "friday": ["11:00-13:00"]}, exceptions={"2026-01-01": ["07:00-08:00"]}
            ),
            host("host_b", hours={"monday": ["09:00-17:00"]}),
            host("host_c", hours={"sunday": ["16:00-17:30"]}),
        ],
    )
    weekdays = "monday, tuesday, wednesday, thursday, friday, saturday, sunday"
    assert list(dataset_of(it).organizations["small"].warnings()) == [
        f"small: team_1host_a has hours outside the business hours, which do not count: {weekdays}",
        "small: host_a has hours outside the hours of its teams, which do not count: friday, 2026-01-01",
        "small: host_c has hours outside the business hours, which do not count: sunday",
    ]


def test_a_holiday_of_the_business_is_no_mistake_of_those_below_it(small: Any, dataset_of: Any) -> None:
    it = small.organization(exceptions={"2026-01-01": []}, hosts=[host(hours=small.hours("09:00-12:00"))])
    assert list(dataset_of(it).organizations["small"].warnings()) == []


@pytest.mark.parametrize("edges", [(540, 540), (600, 540), (-1, 60), (0, 1441)])
def test_an_opening_ends_after_it_begins_within_one_day(edges: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="an opening must end after it begins"):
        Opening(*edges)


def test_openings_of_a_day_come_in_order_without_overlap() -> None:
    assert openings([Opening(0, 60), Opening(60, 90)]) == (Opening(0, 90),)
    with pytest.raises(ValueError, match="must not overlap"):
        openings([Opening(0, 60), Opening(59, 90)])


def test_weekly_hours_have_seven_days_and_exceptions_a_date_since_1970() -> None:
    with pytest.raises(ValueError, match="seven days"):
        Hours(((),))
    with pytest.raises(ValueError, match="1970 or later"):
        Hours(exceptions={date(1969, 12, 31): ()})


def test_without_business_hours_nothing_is_open() -> None:
    assert Schedule("UTC", INHERITED, (), INHERITED).on(date(2026, 1, 1)) == ()

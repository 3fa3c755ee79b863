"""Where bookings are drawn: none is lost, none lies over another, and a week in which clocks change is right."""

from collections.abc import Sequence
from datetime import date, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.application.calendar import Calendar, Day, Subject
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.hours import DAY_MINUTES, Hours, Opening
from mockserver.domain.localtime import DAY, midnight, wall_time
from mockserver.domain.organizations import Branding, Organization
from mockserver.web.dashboard.week import Block, Week, laid_out, week_of
from tests.effort import draws

# With changes of the clock at two, at one, by half an hour, and over midnight, back and forth.
ZONES = ("UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo")
CHANGES = (date(2025, 3, 3), date(2025, 3, 31), date(2025, 9, 1), date(2025, 10, 27), date(2025, 11, 3))
BRANDING = Branding("#000000", None, "Small", None, None)
NOBODY = Contact("Ada", "ada@example.com", None)


def booking(number: int, start: int, minutes: int, **changes: object) -> Booking:
    values: dict[str, object] = {
        "id": f"book_{number:09}",
        "organization": "small",
        "service": "talk",
        "host": "host_a",
        "team": None,
        "status": "confirmed",
        "start": start,
        "end": start + minutes * 60,
        "timezone": "UTC",
        "contact": NOBODY,
        "party_size": 1,
        "notes": None,
        "buffer_before": 0,
        "buffer_after": 0,
        "created_at": 0,
    }
    return Booking(**{**values, **changes})  # type: ignore[arg-type]  # which member has which type is not known here


def week(timezone: str, monday: date, bookings: Sequence[Booking], opens: int = 0, closes: int = 0) -> Week:
    organization = Organization("org_small", "small", "Small", None, BRANDING, timezone, Hours(), {}, {}, {})
    openings = (Opening(opens, closes),) if closes else ()
    days = [Day(monday + number * DAY, openings, (), None) for number in range(7)]
    return week_of(Calendar(organization, Subject("host", "host_a", "A"), days, bookings, {"talk": 8, "walk": 1}))


@st.composite
def weeks(draw: st.DrawFn) -> tuple[str, date, list[Booking]]:
    timezone, monday = draw(st.sampled_from(ZONES)), draw(st.sampled_from(CHANGES))
    first, last = midnight(monday, timezone), midnight(monday + 7 * DAY, timezone)
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(first // 60 - 600, last // 60 + 60),
                st.sampled_from([1, 7, 30, 60, 90, 300, 1440, 3000]),
                st.sampled_from(["confirmed", "pending", "canceled"]),
                st.sampled_from(["talk", "walk"]),
                st.integers(0, 120),
            ),
            max_size=12,
        )
    )
    made = [
        booking(number, start * 60, minutes, status=status, service=service, buffer_before=buffer * 60)
        for number, (start, minutes, status, service, buffer) in enumerate(drawn)
    ]
    return timezone, monday, made


@settings(max_examples=draws(150), deadline=None)
@given(weeks())
@example(("America/New_York", date(2025, 10, 27), [booking(1, 1762061400 + n * 3600, 60) for n in range(3)]))
def test_no_booking_is_lost_and_none_lies_over_another(drawn: tuple[str, date, list[Booking]]) -> None:
    timezone, monday, bookings = drawn
    made = week(timezone, monday, bookings)
    for number, column in enumerate(made.columns):
        begins, ends = (midnight(monday + (number + later) * DAY, timezone) for later in (0, 1))
        expected = sorted(each.id for each in bookings if each.start < ends and each.end > begins)
        assert sorted(each.id for block in column.blocks for each in block.bookings) == expected
        for block in column.blocks:
            assert 0 <= block.clear_from <= block.top < block.bottom <= block.clear_to <= DAY_MINUTES
            assert made.top <= block.clear_from
            assert block.clear_to <= made.bottom
            assert block.begins == (begins <= block.first.start < ends)
            assert block.ends == (begins < block.first.end <= ends)
            if block.begins and wall_time(block.first.start, timezone).date() == column.day.date:
                shown = wall_time(block.first.start, timezone)
                assert block.top == min(shown.hour * 60 + shown.minute, DAY_MINUTES - 1)
        assert_apart(column.blocks)
    length = midnight(monday + 7 * DAY, timezone) - midnight(monday, timezone)
    assert sum(column.hours for column in made.columns) * 3600 == length


def assert_apart(blocks: Sequence[Block]) -> None:
    """What overlaps has lanes of its own, of one width, and no more of them than overlap at one time."""
    for some in blocks:
        for other in blocks:
            if some is not other and some.top < other.bottom and other.top < some.bottom:
                assert some.lanes == other.lanes
                assert some.lane != other.lane
    for block in blocks:
        most = max(sum(other.top <= at < other.bottom for other in blocks) for at in (other.top for other in blocks))
        assert block.lane < block.lanes <= most


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 200)), max_size=15))
@settings(max_examples=draws(150), deadline=None)
def test_no_more_lanes_are_taken_than_overlap_at_one_time(drawn: list[tuple[int, int]]) -> None:
    blocks = [
        Block((booking(number, 0, 1),), 1, top, bottom, top, bottom, True, True)
        for number, (top, length) in enumerate(drawn)
        if (bottom := top + length) <= DAY_MINUTES
    ]
    placed = laid_out(blocks)
    assert len(placed) == len(blocks)
    assert_apart(placed)


def at(text: str, offset: str) -> int:
    return int(datetime.fromisoformat(f"{text}{offset}").timestamp())


def test_ten_o_clock_is_at_one_height_all_week_though_clocks_change() -> None:
    saturday, sunday = at("2025-03-08T10:00", "-05:00"), at("2025-03-09T10:00", "-04:00")
    made = week("America/New_York", date(2025, 3, 3), [booking(1, saturday, 60), booking(2, sunday, 60)])
    assert [[(block.top, block.bottom) for block in column.blocks] for column in made.columns[5:]] == [[(600, 660)]] * 2
    assert [column.hours for column in made.columns] == [24] * 6 + [23]


def test_in_the_hour_that_is_shown_twice_bookings_stand_side_by_side() -> None:
    first, second = at("2025-11-02T01:00", "-04:00"), at("2025-11-02T01:00", "-05:00")
    made = week("America/New_York", date(2025, 10, 27), [booking(1, first, 60), booking(2, second, 60)])
    sunday = made.columns[6]
    assert [(block.top, block.bottom, block.lane, block.lanes) for block in sunday.blocks] == [
        (60, 120, 0, 2),
        (60, 120, 1, 2),
    ]
    assert sunday.hours == 25


def test_who_shares_a_slot_shares_a_block_and_who_was_canceled_has_one_alone() -> None:
    start = at("2025-03-04T10:00", "+00:00")
    made = week(
        "UTC",
        date(2025, 3, 3),
        [
            booking(1, start, 60, party_size=2),
            booking(2, start, 60, party_size=3),
            booking(3, start, 60, status="canceled"),
            booking(4, start, 60, status="canceled"),
        ],
    )
    blocks = made.columns[1].blocks
    assert [len(block.bookings) for block in blocks] == [2, 1, 1]
    assert (blocks[0].taken, blocks[0].seats) == (5, 8)
    assert [(block.lane, block.lanes) for block in blocks] == [(0, 3), (1, 3), (2, 3)]


def test_a_booking_over_midnight_stands_in_both_days() -> None:
    made = week("UTC", date(2025, 3, 3), [booking(1, at("2025-03-04T23:30", "+00:00"), 60, buffer_after=900)])
    tuesday, wednesday = made.columns[1].blocks[0], made.columns[2].blocks[0]
    assert (tuesday.top, tuesday.bottom, tuesday.begins, tuesday.ends) == (1410, 1440, True, False)
    assert (wednesday.top, wednesday.bottom, wednesday.clear_to, wednesday.ends) == (0, 30, 45, True)


def test_what_is_shown_reaches_as_far_as_hours_bookings_and_buffers_in_whole_hours() -> None:
    empty = week("UTC", date(2025, 3, 3), [])
    assert list(empty.hours) == list(range(9, 17))
    open_ = week("UTC", date(2025, 3, 3), [], 8 * 60 + 30, 12 * 60)
    assert list(open_.hours) == [8, 9, 10, 11]
    late = booking(1, at("2025-03-04T17:00", "+00:00"), 60, buffer_after=900)
    assert list(week("UTC", date(2025, 3, 3), [late], 8 * 60 + 30, 12 * 60).hours)[-1] == 18

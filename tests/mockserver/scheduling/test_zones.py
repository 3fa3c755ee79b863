"""Local hours, answers in UTC: clock changes both ways, at midnight too, half hours, and dates that differ."""

from typing import Any

import pytest


def half_hours(small: Any, zone: str, *openings: str, **members: Any) -> Any:
    service = small.service("talk", duration_minutes=30, **members)
    return small.organization(timezone=zone, hours=small.hours(*openings), services=[service])


def times(starts: list[str]) -> list[str]:
    return [start[11:] for start in starts]


def test_nine_in_new_york_is_another_time_in_utc_in_summer(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "09:00-09:30")
    assert offered(it, first="2025-03-08T00:00", days=2) == ["2025-03-08 14:00", "2025-03-09 13:00"]
    assert offered(it, first="2025-11-01T00:00", days=2) == ["2025-11-01 13:00", "2025-11-02 14:00"]


def test_a_time_that_the_clock_skips_is_no_start_and_the_opening_is_an_hour_shorter(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "01:00-04:00")
    # 01:00 and 01:30 EST, then 03:00 and 03:30 EDT.
    assert times(offered(it, first="2025-03-09T00:00")) == ["06:00", "06:30", "07:00", "07:30"]


def test_a_time_that_comes_twice_is_a_start_the_first_time_only(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "00:30-02:30")
    # 00:30, 01:00 and 01:30 EDT; an hour is passed over; 02:00 EST.
    assert times(offered(it, first="2025-11-02T00:00")) == ["04:30", "05:00", "05:30", "07:00"]


def test_a_slot_lasts_its_duration_as_time_passes_not_as_the_clock_shows_it(small: Any, offered: Any) -> None:
    two_hours = small.service("talk", duration_minutes=120, slot_interval_minutes=30)
    it = small.organization(timezone="Europe/Berlin", hours=small.hours("01:00-04:00"), services=[two_hours])
    # In spring two hours pass from one to four, in autumn four.
    assert times(offered(it, first="2025-03-29T12:00")) == ["00:00"]
    assert times(offered(it, first="2025-10-25T12:00")) == ["23:00", "23:30", "00:00", "00:30"]


def test_a_closing_time_that_the_clock_skips_is_the_moment_of_the_jump(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "01:00-02:30")
    assert times(offered(it, first="2025-03-09T00:00")) == ["06:00", "06:30"]


def test_an_opening_that_the_clock_skips_offers_nothing(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "02:00-03:00")
    assert offered(it, first="2025-03-09T00:00", days=1) == []


def test_an_opening_ends_when_its_closing_time_first_comes(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/New_York", "00:30-01:30")
    assert times(offered(it, first="2025-11-02T00:00")) == ["04:30", "05:00"]


def test_a_clock_may_change_by_half_an_hour(small: Any, offered: Any) -> None:
    it = half_hours(small, "Australia/Lord_Howe", "01:00-03:30")
    # 01:00 and 01:30 at +10:30, 02:00 is skipped, 02:30 and 03:00 at +11.
    assert times(offered(it, first="2025-10-04T12:00")) == ["14:30", "15:00", "15:30", "16:00"]
    # 01:00 and 01:30 at +11, half an hour again, 02:00 to 03:00 at +10:30.
    assert times(offered(it, first="2025-04-05T12:00")) == ["14:00", "14:30", "15:30", "16:00", "16:30"]


def test_a_clock_may_change_at_midnight(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/Sao_Paulo", "00:00-02:00", "23:00-24:00")
    # 4 November 2018 begins at 01:00: 23:00 and 23:30 at -3, then 01:00 and 01:30 at -2.
    assert offered(it, first="2018-11-04T00:00") == [
        "2018-11-04 02:00",
        "2018-11-04 02:30",
        "2018-11-04 03:00",
        "2018-11-04 03:30",
    ]
    # 17 February 2018 has two hours from 23:00 to 24:00, and one opening holds both.
    assert times(offered(it, first="2018-02-18T00:00")) == ["01:00", "01:30", "03:00", "03:30", "04:00", "04:30"]


def test_a_clock_set_back_over_midnight_has_shown_the_next_day_before(small: Any, offered: Any) -> None:
    it = half_hours(small, "America/St_Johns", "00:00-00:30")
    # A minute after midnight it was 23:01 again. The range ends in the hour that comes twice, on Saturday's wall.
    assert offered(it, first="2010-11-06T03:00") == ["2010-11-07 02:30"]


@pytest.mark.parametrize(("zone", "start"), [("Asia/Kolkata", "03:30"), ("Asia/Kathmandu", "03:15"), ("UTC", "09:00")])
def test_offsets_need_not_be_whole_hours(small: Any, offered: Any, zone: str, start: str) -> None:
    assert times(offered(half_hours(small, zone, "09:00-09:30"))) == [start]


def test_a_day_may_begin_on_another_date_in_utc(small: Any, offered: Any) -> None:
    it = small.organization(timezone="Pacific/Auckland", hours={"friday": ["08:00-09:00"]})
    assert offered(it, days=7) == ["2026-01-01 19:00"]
    it = small.organization(timezone="Pacific/Honolulu", hours={"thursday": ["20:00-21:00"]})
    assert offered(it, days=7) == ["2026-01-02 06:00"]


def test_a_day_that_never_was_offers_nothing(small: Any, offered: Any) -> None:
    it = half_hours(small, "Pacific/Apia", "09:00-09:30")
    # Samoa went from Thursday 29 December 2011 straight to Saturday.
    assert offered(it, first="2011-12-29T00:00", days=3) == ["2011-12-29 19:00", "2011-12-30 19:00", "2011-12-31 19:00"]


def test_the_zone_a_client_asks_for_changes_what_slots_say_and_nothing_else(client: Any) -> None:
    day = "availability?org_slug=acme-salon&service_slug=haircut&from=2025-12-03T00:00:00Z&to=2025-12-04T00:00:00Z"
    plain = client.get("public/" + day).json["slots"]
    asked = client.get(f"public/{day}&timezone=Asia/Kolkata").json["slots"]
    assert {slot["timezone"] for slot in plain} == {"America/New_York"}
    assert [{**slot, "timezone": "America/New_York"} for slot in asked] == plain
    assert {slot["timezone"] for slot in asked} == {"Asia/Kolkata"}

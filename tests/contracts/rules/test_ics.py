"""What is read of an iCalendar file."""

import pytest

from contracts.harness.ics import event

FILE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:book_1@example.com
DTSTART;TZID=America/New_York:20251203T100000
SUMMARY:A long
  line\\, folded
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


def test_properties_are_unfolded_and_lose_their_parameters() -> None:
    found = event(FILE)
    assert found["UID"] == "book_1@example.com"
    assert found["DTSTART"] == "20251203T100000"
    assert found["SUMMARY"] == "A long line\\, folded"


def test_a_time_that_is_none_is_given_as_it_stands() -> None:
    assert event(FILE.replace(b"20251203T100000", b"soon"))["DTSTART"] == "soon"


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<html>", "cannot be read as iCalendar"),
        (b"", "cannot be read as iCalendar"),
        (__file__.encode(), "cannot be read as iCalendar"),
        (FILE.replace(b"END:VCALENDAR", b""), "cannot be read as iCalendar"),
        (FILE.replace(b"VCALENDAR", b"VEVENT"), "without BEGIN:VCALENDAR"),
        (FILE.replace(b"VEVENT", b"VTODO"), "without BEGIN:VEVENT"),
        (FILE.replace(b"DTSTART", b"DTEND"), "no DTSTART"),
    ],
)
def test_what_is_no_calendar_with_an_event_is_told(content: bytes, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        event(content)

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


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<html>", "without BEGIN:VCALENDAR"),
        (FILE.replace(b"END:VCALENDAR", b""), "without END:VCALENDAR"),
        (FILE.replace(b"VEVENT", b"VTODO"), "without BEGIN:VEVENT"),
        (FILE.replace(b"DTSTART", b"DTEND"), "no DTSTART"),
    ],
)
def test_what_is_no_calendar_with_an_event_is_told(content: bytes, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        event(content)

"""What an iCalendar file says of its event (RFC 5545), as far as a rule looks at it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from icalendar import Component


def event(content: bytes) -> Mapping[str, str]:
    """Properties of the first event by name, without their parameters.

    Raises ValueError, whose text reads on from "a file", for what is no calendar with an event.
    """
    calendar = _read(content)
    if calendar.name != "VCALENDAR":
        raise ValueError("without BEGIN:VCALENDAR")
    events = calendar.walk("VEVENT")
    if not events:
        raise ValueError("without BEGIN:VEVENT")
    found = {name.upper(): _encoded(value) for name, value in events[0].items()}
    for name in ("UID", "DTSTART"):
        if name not in found:
            raise ValueError(f"whose event has no {name}")
    return found


def _read(content: bytes) -> "Component":
    """As bytes: icalendar takes a text of one line for the path of a file."""
    from icalendar import Calendar  # a quarter of the time that a check takes to start

    try:
        return Calendar.from_ical(content)
    except Exception as error:  # bad bytes raise whatever they run into, not ValueError alone
        raise ValueError("that cannot be read as iCalendar") from error


def _encoded(value: Any) -> str:
    """As RFC 5545 writes it; the first, where a property stands several times."""
    first = value[0] if isinstance(value, list) else value
    text: bytes = first.to_ical()
    return text.decode("utf-8", "replace")

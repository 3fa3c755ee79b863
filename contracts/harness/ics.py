"""What an iCalendar file says of its event (RFC 5545), as far as a rule looks at it."""

import re
from collections.abc import Mapping

FOLD = re.compile(r"\r?\n[ \t]")


def event(content: bytes) -> Mapping[str, str]:
    """Properties of the first event by name, without their parameters.

    Raises ValueError, whose text says what is missing, for what is no calendar with an event.
    """
    lines = FOLD.sub("", content.decode("utf-8", "replace")).strip().splitlines()
    for line in ("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT"):
        if line not in lines:
            raise ValueError(f"without {line}")
    found: dict[str, str] = {}
    for line in lines[lines.index("BEGIN:VEVENT") + 1 : lines.index("END:VEVENT")]:
        name, _, value = line.partition(":")
        found.setdefault(name.partition(";")[0].upper(), value)
    for name in ("UID", "DTSTART"):
        if name not in found:
            raise ValueError(f"whose event has no {name}")
    return found

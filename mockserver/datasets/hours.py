"""Opening hours as a dataset states them."""

from collections.abc import Sequence
from datetime import date

from mockserver.datasets.document import Document, Place
from mockserver.domain.hours import INHERITED, WEEKDAYS, Hours, Opening, Openings, openings


def hours_of(raw: Document, place: Place) -> Hours:
    """The tier that a business, team or host states; without hours and exceptions it inherits."""
    weekdays, exceptions = None, raw["exceptions"]
    if "hours" in raw:
        weekdays = tuple(_openings(raw["hours"][day], place.at("hours", day)) for day in WEEKDAYS)
    elif not exceptions:
        return INHERITED
    dated = {date.fromisoformat(d): _openings(o, place.at("exceptions", d)) for d, o in exceptions.items()}
    try:
        return Hours(weekdays, dated)
    except ValueError as error:
        raise place.at("exceptions").error(str(error)) from None


def _openings(stated: Sequence[str], place: Place) -> Openings:
    try:
        return openings(_opening(text, place.at(i)) for i, text in enumerate(stated))
    except ValueError as error:
        raise place.error(str(error)) from None


def _opening(text: str, place: Place) -> Opening:
    opens, closes = (int(time[:2]) * 60 + int(time[3:]) for time in text.split("-"))
    try:
        return Opening(opens, closes)
    except ValueError:
        # The domain counts in minutes, the file in times of day.
        raise place.error(f'"{text}" must end after it begins') from None

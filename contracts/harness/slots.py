"""Slots as availability offers them, and moments as the API writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from contracts.exchange import Answer
from contracts.outcome import NotRunError


class Slot(NamedTuple):
    """An offered slot, of which a check makes thousands; times in Unix seconds, `offered` as the server gave it."""

    start: int
    end: int
    host: str | None
    offered: Mapping[str, Any]


def slots_of(answer: Answer) -> list[Slot]:
    """Raises NotRunError where the answer holds no slots that could be read."""
    try:
        return [
            Slot(seconds(slot["startsAt"]), seconds(slot["endsAt"]), _name(slot.get("hostId")), slot)
            for slot in answer.json["slots"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotRunError(f"{answer.request.operation} {answer}, which holds no slots that can be read") from error


def has_seats(slot: Slot, party_size: int = 1) -> bool:
    """As far as it tells: what is listed without them is not offered."""
    left = slot.offered.get("availableCapacity")
    return not isinstance(left, int) or left >= party_size


def instant(moment: int) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(moment: int, minutes: int) -> str:
    """Unix seconds as RFC 3339 with an offset of so many minutes."""
    return datetime.fromtimestamp(moment, timezone(timedelta(minutes=minutes))).isoformat()


def seconds(text: str) -> int:
    """RFC 3339 as Unix seconds. Raises ValueError."""
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except OverflowError as error:
        raise ValueError(f"{text} is out of every clock's range") from error


def _name(found: object) -> str | None:
    return found if isinstance(found, str) else None

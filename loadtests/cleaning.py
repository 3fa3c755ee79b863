"""After a run: cancels what it booked and did not cancel itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.errors import UnreachableError
from loadtests.client import Client, ImpatientError, object_of
from loadtests.lives import CANCELED
from loadtests.result import Change

_GONE = frozenset({200, 404})  # canceled now, or not there at all
_REFUSED = 422  # it is canceled already, or cannot be any more: looking it up tells which


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`left`: confirmation numbers that are booked still, as far as anybody knows."""

    canceled: int
    left: tuple[str, ...]


def cancel_all(client: Client, changes: Iterable[Change]) -> Cleaned:
    """Waits where the limits say so, as long as the client is patient; what is left then is told. Raises nothing."""
    booked: dict[str, Change] = {}
    for change in changes:
        if change.kind == "created" and change.acknowledged:
            booked.setdefault(change.confirmation_number, change)
        elif change.kind == "canceled" and change.acknowledged:
            booked.pop(change.confirmation_number, None)
    canceled = 0
    left = list(booked)
    for number, change in booked.items():
        try:
            gone = _is_gone(client, number, change.contact)
        except (UnreachableError, ImpatientError):
            break
        if gone:
            canceled += 1
            left.remove(number)
    return Cleaned(canceled, tuple(left))


def _is_gone(client: Client, number: str, contact: str) -> bool:
    """Once it has been asked for. Raises UnreachableError, ImpatientError."""
    which, whose = {"confirmation_number": number}, {"contact": contact}
    answer = client.ask("cancelBooking", which, whose)
    if answer.status_code != _REFUSED:
        return answer.status_code in _GONE
    seen = client.ask("lookupBooking", which, whose)
    return seen.ok and (object_of(seen).get("booking") or {}).get("status") == CANCELED

"""After a run: cancels what it booked and did not cancel itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.errors import UnreachableError
from loadtests.client import Client, ImpatientError
from loadtests.result import Change

_GONE = frozenset({200, 404, 422})  # canceled, by us now or by somebody before


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
            answer = client.ask("cancelBooking", {"confirmation_number": number}, {"contact": change.contact})
        except (UnreachableError, ImpatientError):
            break
        if answer.status_code in _GONE:
            canceled += 1
            left.remove(number)
    return Cleaned(canceled, tuple(left))

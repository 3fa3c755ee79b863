"""After a run: cancels what it booked and did not cancel itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contracts.errors import UnreachableError
from loadtests.api.client import Client, ImpatientError, object_of
from loadtests.api.fakes import run_of
from loadtests.judge.lives import CANCELED, Booking
from loadtests.measure.result import Change
from loadtests.measure.statuses import Meaning

SHOWN = 3  # confirmation numbers in a note
_GONE: frozenset[Meaning] = frozenset({"success", "not found"})  # canceled now, or not there at all
# A cancellation conflicts with nobody's: where a status stands for both, it is too late.
_TOO_LATE: frozenset[Meaning] = frozenset({"too late", "conflicting"})


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`left`: confirmation numbers that are booked still, as far as anybody knows.

    `unanswered`: creations that no answer told of, and that nobody could look for.
    """

    canceled: int
    left: tuple[str, ...]
    unanswered: int = 0

    def notes(self, worker_lost: bool) -> Iterator[str]:
        """Sentences on what is left, or may be."""
        if self.left:
            some = ", ".join(self.left[:SHOWN]) + (", ..." if len(self.left) > SHOWN else "")
            yield f"bookings of this run that are still there: {len(self.left)} ({some})"
        if self.unanswered:
            yield f"creations without an answer: {self.unanswered}; what they booked may still be there"
        if worker_lost:
            yield "what the lost worker booked last may still be there"


def cancel_all(client: Client, changes: Sequence[Change], listed: Iterable[Booking] | None = None) -> Cleaned:
    """Waits where the limits say so, as long as the client is patient; what is left then is told. Raises nothing.

    `listed`: all bookings on the server after the run, where they could be read. Those with a contact of the run are
    its own, whether or not an answer told of them.
    """
    booked: dict[str, str] = {}  # contacts, by confirmation number
    for change in changes:
        if change.kind == "created" and change.acknowledged:
            booked.setdefault(change.confirmation_number, change.contact)
        elif change.kind == "canceled" and change.acknowledged:
            booked.pop(change.confirmation_number, None)
    for number, contact in _untold(changes, listed or ()):
        booked.setdefault(number, contact)
    canceled = 0
    left = list(booked)
    for number, contact in booked.items():
        try:
            gone = _is_gone(client, number, contact)
        except (UnreachableError, ImpatientError):
            break
        if gone:
            canceled += 1
            left.remove(number)
    return Cleaned(canceled, tuple(left), 0 if listed is not None else _unanswered(changes))


def _untold(changes: Sequence[Change], listed: Iterable[Booking]) -> Iterator[tuple[str, str]]:
    """Number and contact of what is booked for the run, and was not acknowledged."""
    acknowledged = {change.confirmation_number for change in changes if change.acknowledged}
    runs = {run_of(change.contact) for change in changes} - {""}
    for booking in listed:
        if booking.status == CANCELED or booking.confirmation_number in acknowledged:
            continue
        for contact in booking.contacts:
            if run_of(contact) in runs:
                yield booking.confirmation_number, contact


def _unanswered(changes: Sequence[Change]) -> int:
    """Clients of which no creation was answered."""
    created = [change for change in changes if change.kind == "created"]
    asked = {change.contact for change in created}
    return len(asked - {change.contact for change in created if change.acknowledged})


def _is_gone(client: Client, number: str, contact: str) -> bool:
    """Once it has been asked for. Raises UnreachableError, ImpatientError."""
    which, whose = {"confirmation_number": number}, {"contact": contact}
    answer = client.ask("cancelBooking", which, whose)
    meaning = client.endpoint.meaning(answer.status_code)
    if meaning not in _TOO_LATE:
        return meaning in _GONE
    # It is canceled already, or cannot be any more: looking it up tells which.
    seen = client.ask("lookupBooking", which, whose)
    return seen.ok and (object_of(seen).get("booking") or {}).get("status") == CANCELED

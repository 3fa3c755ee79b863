"""What is known of a target while its properties are tested: what it offers, and what its answers have told since."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.exchange import member
from contracts.harness.slots import Slot, seconds
from contracts.properties.sent import Answered, Sent
from contracts.spec.contract import Contract


@dataclass(frozen=True, slots=True)
class Service:
    """Times in seconds; `slots` are those that were offered in the beginning, outside the notice period."""

    slug: str
    duration: int
    window: int
    notice: int
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A booking; `start` in Unix seconds, `contact` None where it is not the check's own."""

    number: str
    service: str
    start: int
    canceled: bool
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What an idempotency key was first used for, and the status of the outcome that is given again."""

    body: Any
    status: int


@dataclass
class Known:
    """`keys` are those of idempotency that have a stored outcome, by (API key, idempotency key)."""

    organization: str | None = None
    organization_header: str | None = None
    services: dict[str, Service] = field(default_factory=dict)
    bookings: dict[str, Held] = field(default_factory=dict)
    cursors: set[str] = field(default_factory=set)
    keys: dict[tuple[str, str], Given] = field(default_factory=dict)

    def own(self) -> list[Held]:
        """The bookings whose contact is known, in the order in which they were made: canceled ones if there are no
        others."""
        known = [held for held in self.bookings.values() if held.contact is not None]
        return [held for held in known if not held.canceled] or known

    def booking(self, sent: Sent) -> Held | None:
        """The one that a request asks for."""
        return self.bookings.get(sent.path.get("confirmation_number", "").upper())

    def given(self, contract: Contract, sent: Sent, key_header: str) -> Given | None:
        """What the request's idempotency key was used for before."""
        return self.keys.get(_named(contract, sent, key_header))

    def learn(self, contract: Contract, key_header: str, sent: Sent, answered: Answered) -> None:
        """Answers that say something else than they should teach nothing."""
        if answered.status in contract.idempotency.stored and sent.operation in contract.idempotency.operations:
            name = _named(contract, sent, key_header)
            if name[1]:
                self.keys.setdefault(name, Given(sent.body, answered.status))
        if answered.status >= 300:
            return
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            self._learn(sent, answered.body)

    def _learn(self, sent: Sent, body: Any) -> None:
        match sent.operation:
            case "createBooking":
                contact = sent.body["contact"]
                if body["booking"]["confirmation_number"] not in self.bookings:  # else it is said again, as it was
                    self._hold(body["booking"], sent.body["service_slug"], contact.get("email") or contact["phone"])
            case "rescheduleBooking":
                held = self.bookings[body["booking"]["confirmation_number"]]
                self.bookings[held.number] = replace(held, start=seconds(body["booking"]["start_at"]))
            case "lookupBooking" | "cancelBooking":
                self._hold(body["booking"], body["booking"]["service_slug"])
            case "listBookings":
                for booking in body["bookings"]:
                    self._hold(booking, booking["service_slug"])
                if isinstance(cursor := member(body, "next_cursor"), str):
                    self.cursors.add(cursor)

    def _hold(self, booking: Mapping[str, Any], service: str, contact: str | None = None) -> None:
        number = booking["confirmation_number"]
        before = self.bookings.get(number)
        self.bookings[number] = Held(
            number,
            service,
            seconds(booking["start_at"]),
            booking["status"] == "canceled",
            contact or (before.contact if before else None),
        )


def _named(contract: Contract, sent: Sent, key_header: str) -> tuple[str, str]:
    return sent.headers.get(key_header.lower(), ""), sent.headers.get(contract.idempotency.header.lower(), "")

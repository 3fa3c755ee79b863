"""The bookings that a check makes: each is written down before it is sent, and canceled in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.errors import UnreachableError
from contracts.harness.ledger import Intent, Ledger, Made
from contracts.harness.settings import DAY, Settings
from contracts.harness.slots import Slot, instant, slots_of
from contracts.rules.rule import Broken, BudgetError, NotRunError
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check

RANGE_DAYS = 28  # how far ahead slots are looked for, where the booking window reaches that far
TRIES = 3  # others may be booking too
AT_BEST_APART = 7200  # seconds between two bookings of a check


@dataclass(frozen=True, slots=True)
class Booking:
    """One that the check made. `contact` proves that it may be asked for; `answer` is the creation's."""

    id: str
    number: str
    contact: str
    phone: str
    slot: Slot
    service: str
    body: Mapping[str, Any]
    answer: Answer


class Bookings:
    def __init__(self, check: Check, ledger: Ledger) -> None:
        self._check = check
        self.ledger = ledger
        self.creations = 0
        self.write_budget: int | None = None
        self._offers: dict[tuple[str, int], list[Slot]] = {}
        self._taken: dict[str | None, list[Slot]] = {}
        self._shared: Booking | None = None
        self._spare: Slot | None = None

    # Slots

    def slots(
        self, start: int, end: int, *, service: str | None = None, party_size: int = 1, **query: Any
    ) -> list[Slot]:
        """What the server offers in [start, end), asked afresh."""
        if party_size != 1:
            query["partySize"] = party_size
        asked = self._check.call("getAvailability", query=self.query(start, end, service=service, **query))
        return slots_of(self._check.need_served(asked))

    def query(self, start: int, end: int, *, service: str | None = None, **more: Any) -> dict[str, Any]:
        """Of getAvailability."""
        return {
            "org_slug": self._check.credentials.organization,
            "service_slug": service or self._check.service_slug,
            "from": instant(start),
            "to": instant(end),
            **more,
        }

    def bookable_range(self, service: str | None = None) -> tuple[int, int]:
        """When a booking can be made that can still be canceled a day from now: [start, end) in Unix seconds."""
        settings = Settings(self._check.service(service))
        now = self._check.now()
        start = (now + settings.notice + DAY) // DAY * DAY + DAY
        days = min(RANGE_DAYS, self._check.contract.rule("availability.max_range_days"))
        return start, min(start + days * DAY, now + settings.window - DAY)

    def offered(self, service: str | None = None, party_size: int = 1) -> list[Slot]:
        """What was offered when it was first asked for, far enough ahead to be canceled again."""
        name = service or self._check.service_slug
        if (name, party_size) not in self._offers:
            start, end = self.bookable_range(name)
            found = self.slots(start, end, service=name, party_size=party_size) if start < end else []
            self._offers[name, party_size] = found
        return self._offers[name, party_size]

    def free_slot(
        self,
        *,
        service: str | None = None,
        party_size: int = 1,
        where: Callable[[Slot], object] = lambda _: True,
    ) -> Slot:
        """One that no booking of this check is in the way of, nor near it if that can be. Raises NotRunError."""
        name = service or self._check.service_slug
        settings = Settings(self._check.service(name))
        apart = settings.before + settings.after
        offered = [slot for slot in self.offered(name, party_size) if where(slot)]
        for distance in (apart + AT_BEST_APART, apart):
            if free := [slot for slot in offered if self._is_free(slot, distance)]:
                slot = self._check.fakes.choice(free)
                self.keep_off(slot)
                return slot
        raise NotRunError(f"{name} has no slot left that could be booked for this")

    def _is_free(self, slot: Slot, apart: int) -> bool:
        return all(
            slot.start >= taken.end + apart or slot.end + apart <= taken.start
            for taken in self._taken.get(slot.host, ())
        )

    def keep_off(self, slot: Slot) -> None:
        """It is booked, or may be: no other rule is to count on it."""
        self._taken.setdefault(slot.host, []).append(slot)

    def is_near(self, slot: Slot) -> bool:
        """Whether a booking of this check may be in its way, or was looked for there."""
        return not self._is_free(slot, DAY)

    def spare_slot(self) -> Slot:
        """A free slot for creations that must be refused: the same until one of them was not."""
        if self._spare is None:
            self._spare = self.free_slot()
        return self._spare

    def first_bookable(self) -> str:
        """The first listed service that has slots to be had. Raises NotRunError where none has."""
        for slug in self._check.services():
            if self.offered(slug):
                return slug
        raise NotRunError(f"{self._check.credentials.organization} lists no service that could be booked now")

    # Bookings

    def body(self, slot: Slot, *, service: str | None = None, **changes: Any) -> dict[str, Any]:
        """What createBooking wants for a slot; a change to None leaves the member out."""
        fakes = self._check.fakes
        made: dict[str, Any] = {
            "org_slug": self._check.credentials.organization,
            "service_slug": service or self._check.service_slug,
            "starts_at": instant(slot.start),
            "ends_at": instant(slot.end),
            "timezone": "UTC",
            "contact": {"name": fakes.name(), "email": fakes.email(), "phone": fakes.phone()},
            "host_id": slot.host,
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}

    def create(
        self,
        body: Mapping[str, Any],
        *,
        key: str = "public",
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        paced: bool = True,
    ) -> Answer:
        """Sends a creation as it is, with an idempotency key of its own unless one is given."""
        self.spend()
        token = idempotency_key or self._check.fakes.idempotency_key()
        self.ledger.intend(Intent(token, self._check.credentials.url, key, body))
        named = {self._check.contract.idempotency.header: token, **(headers or {})}
        answer = self._check.call("createBooking", key=key, body=body, headers=named, paced=paced)
        self.record(answer, body, token)
        return answer

    def create_unkeyed(self, body: Mapping[str, Any]) -> Answer:
        """Without an idempotency key: only for what must be refused."""
        self.spend()
        answer = self._check.call("createBooking", body=body)
        self.record(answer, body, None)
        return answer

    def book(self, *, slot: Slot | None = None, service: str | None = None, **changes: Any) -> Booking:
        """Makes a booking. Raises NotRunError where the server refuses it."""
        for attempt in range(1, TRIES + 1):
            chosen = slot or self.free_slot(service=service, party_size=int(changes.get("party_size", 1)))
            body = self.body(chosen, service=service, **changes)
            answer = self.create(body)
            if answer.status != 409 or slot is not None or attempt == TRIES:
                return self.booked(self._check.need_served(answer), body, chosen)
        raise AssertionError("TRIES is at least one")

    def booked(self, answer: Answer, body: Mapping[str, Any], slot: Slot) -> Booking:
        """What a served creation made. Raises NotRunError where its answer does not say."""
        number, identity = answer.member("booking", "confirmation_number"), answer.member("booking", "id")
        if not isinstance(number, str) or not isinstance(identity, str):
            raise NotRunError(f"createBooking {answer}, which lacks the booking's id or confirmation number")
        contact = body["contact"]
        return Booking(
            identity,
            number,
            contact.get("email") or contact.get("phone"),
            contact.get("phone", ""),
            slot,
            body["service_slug"],
            body,
            answer,
        )

    def shared(self) -> Booking:
        """A booking for rules that only look at it."""
        if self._shared is None:
            self._shared = self.book()
        return self._shared

    def lookup(self, booking: Booking, contact: str | None = None, **more: Any) -> Answer:
        return self._self_service("lookupBooking", booking, contact, **more)

    def cancel(self, booking: Booking, contact: str | None = None, **more: Any) -> Answer:
        answer = self._self_service("cancelBooking", booking, contact, **more)
        if answer.status == 200:
            self.ledger.release(booking.number)
        return answer

    def reschedule(self, booking: Booking, slot: Slot, contact: str | None = None, **changes: Any) -> Answer:
        self.spend()
        body = {"start_at": instant(slot.start), "end_at": instant(slot.end), **changes}
        body = {name: value for name, value in body.items() if value is not None}
        return self._self_service("rescheduleBooking", booking, contact, body=body)

    # The end

    def forget(self) -> None:
        """The server's state was put back: what this check made was never there."""
        self.ledger.forget()

    def cancel_all(self) -> list[str]:
        """Cancels all that the ledger holds, and finds out about creations whose answer never came.

        Gives a line for each booking that is left. Budgets do not hold here.
        """
        target = self._check.target
        target.unlimited()
        left: list[str] = []
        for intent in list(self.ledger.intents.values()):
            left += self._resolve(intent)
        for made in list(self.ledger.made.values()):
            left += self._remove(made)
        return left

    def _resolve(self, intent: Intent) -> Iterable[str]:
        name = f"the creation with {self._check.contract.idempotency.header} {intent.idempotency_key}"
        if intent.url != self._check.credentials.url:
            yield f"{name} was sent to {intent.url}: clean up there"
            return
        if intent.key not in self._check.credentials.keys:
            yield f"{name} was sent with the {intent.key} key, which was not given"
            return
        headers = {self._check.contract.idempotency.header: intent.idempotency_key}
        try:
            answer = self._check.call("createBooking", key=intent.key, body=intent.body, headers=headers)
        except (Broken, UnreachableError) as error:
            yield f"{name}: {error}"
            return
        if answer.status in {429, 500, 502, 503, 504}:
            yield f"{name}: the server {answer}"
            return
        self.record(answer, intent.body, intent.idempotency_key)

    def _remove(self, made: Made) -> Iterable[str]:
        if made.url != self._check.credentials.url:
            yield f"{made.number} was made on {made.url}: clean up there"
            return
        try:
            answer = self._check.call("cancelBooking", confirmation_number=made.number, query={"contact": made.contact})
            if answer.status != 200 and not self._is_canceled(made):
                yield f"{made.number}: the server {answer}"
                return
        except (Broken, UnreachableError) as error:
            yield f"{made.number}: {error}"
            return
        self.ledger.release(made.number)

    def _is_canceled(self, made: Made) -> bool:
        found = self._check.call("lookupBooking", confirmation_number=made.number, query={"contact": made.contact})
        return found.status == 404 or found.member("booking", "status") in {"canceled", "cancelled"}

    def _self_service(self, operation: str, booking: Booking, contact: str | None, **more: Any) -> Answer:
        query = {"contact": booking.contact if contact is None else contact}
        number = more.pop("number", booking.number)
        return self._check.call(operation, query=query, confirmation_number=number, **more)

    def spend(self) -> None:
        if self.write_budget is not None and self.creations >= self.write_budget:
            raise BudgetError("the budget of --write-budget is spent")
        self.creations += 1

    def record(self, answer: Answer, body: Mapping[str, Any], idempotency_key: str | None) -> None:
        number = answer.member("booking", "confirmation_number")
        if answer.status < 300 and self._spare and body.get("starts_at") == instant(self._spare.start):
            self._spare = None
        if answer.status < 300 and isinstance(number, str):
            contact = body.get("contact")
            stated = contact if isinstance(contact, dict) else {}
            proof = stated.get("email") or stated.get("phone") or ""
            self.ledger.record(Made(number, self._check.credentials.url, str(proof)), idempotency_key)
        elif idempotency_key is not None and 400 <= answer.status < 500 and not _still_running(answer):
            self.ledger.settle(idempotency_key)


def _still_running(answer: Answer) -> bool:
    """Whether another request with the same idempotency key may yet make a booking."""
    return answer.status == 409 and "Retry-After" in answer.headers

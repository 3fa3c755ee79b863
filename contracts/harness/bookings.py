"""The bookings that a check makes: each is written down before it is sent."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contracts.exchange import Answer, Request
from contracts.harness.costs import TRIES
from contracts.harness.ledger import Intent, Ledger, Made
from contracts.harness.offers import Offers
from contracts.harness.session import Session
from contracts.harness.slots import Slot, instant
from contracts.outcome import BudgetError, NotRunError


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
    """`write_budget` is the most creations and moves to be sent; None: as many as it takes."""

    def __init__(self, session: Session, offers: Offers, ledger: Ledger, write_budget: int | None = None) -> None:
        self._session = session
        self._offers = offers
        self.ledger = ledger
        self.creations = 0
        self.write_budget = write_budget
        self._shared: Booking | None = None

    def body(self, slot: Slot, *, service: str | None = None, **changes: Any) -> dict[str, Any]:
        """What createBooking wants for a slot; a change to None leaves the member out."""
        fakes = self._session.fakes
        made: dict[str, Any] = {
            "org_slug": self._session.credentials.organization,
            "service_slug": service or self._offers.service_slug,
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
        token = idempotency_key or self._session.fakes.idempotency_key()
        self.ledger.intend(Intent(token, self._session.credentials.url, key, body))
        named = {self._session.contract.idempotency.header: token, **(headers or {})}
        answer = self._session.call("createBooking", key=key, body=body, headers=named, paced=paced)
        self.record(answer, body, token)
        return answer

    def create_unkeyed(self, body: Mapping[str, Any]) -> Answer:
        """Without an idempotency key: only for what must be refused."""
        self.spend()
        answer = self._session.call("createBooking", body=body)
        self.record(answer, body, None)
        return answer

    def create_together(
        self, bodies: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> list[Answer]:
        """Several creations at once, as impatient clients send them: with one idempotency key, or with one each."""
        requests, tokens = [], []
        for body in bodies:
            self.spend()
            token = idempotency_key or self._session.fakes.idempotency_key()
            self.ledger.intend(Intent(token, self._session.credentials.url, "public", body))
            headers = {self._session.contract.idempotency.header: token}
            requests.append(self._session.request("createBooking", body=body, headers=headers))
            tokens.append(token)
        answers = self._session.target.send_together(requests)
        for answer, body, token in zip(answers, bodies, tokens, strict=True):
            self.record(answer, body, token)
        return answers

    def book(self, *, slot: Slot | None = None, service: str | None = None, **changes: Any) -> Booking:
        """Makes a booking. Raises NotRunError where the server refuses it."""
        for attempt in range(1, TRIES + 1):
            chosen = slot or self._offers.free_slot(service=service, party_size=int(changes.get("party_size", 1)))
            body = self.body(chosen, service=service, **changes)
            answer = self.create(body)
            if not self.is_taken(answer) or slot is not None or attempt == TRIES:
                return self.booked(self._session.need_served(answer), body, chosen)
        raise AssertionError("TRIES is at least one")

    def is_taken(self, answer: Answer) -> bool:
        """Whether a creation or a move was refused because somebody has the slot, as far as its status tells."""
        return answer.status in self._session.contract.statuses_of("slot_not_offered")

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
        """A booking for rules that only look at it, or repeat its creation: its Idempotency-Key is known still."""
        lifetime = self._session.contract.idempotency.lifetime
        if self._shared is None or self._session.target.clock.now - self._shared.answer.received > lifetime / 2:
            self._shared = self.book()
        return self._shared

    @contextmanager
    def forgotten(self) -> Iterator[None]:
        """What was booked meanwhile is not known afterwards."""
        shared = self._shared
        with self._offers.forgotten():
            try:
                yield
            finally:
                self._shared = shared

    def renew(self, older_than: float) -> None:
        """What is shared is made anew where it was made longer ago: a server may forget its idempotency key."""
        if self._shared is not None and self._session.target.clock.now - self._shared.answer.received > older_than:
            self._shared = None

    def lookup(self, booking: Booking, contact: str | None = None, **more: Any) -> Answer:
        return self._self_service("lookupBooking", booking, contact, **more)

    def cancel(self, booking: Booking, contact: str | None = None, **more: Any) -> Answer:
        answer = self._self_service("cancelBooking", booking, contact, **more)
        if answer.status == 200:
            self.ledger.release(booking.number)
        return answer

    def put_back(self, *bookings: Booking) -> None:
        """Cancels what was made for one rule alone, so that its slot can be had by another."""
        for booking in bookings:
            answer = self.cancel(booking)
            if answer.status == 200:
                self._offers.release(booking.slot)
            else:
                self._session.unserved.append(answer)

    def reschedule(self, booking: Booking, slot: Slot, contact: str | None = None, **changes: Any) -> Answer:
        self.spend()
        return self._session.target.send(self.move(booking, slot, contact, **changes))

    def move(self, booking: Booking, slot: Slot, contact: str | None = None, **changes: Any) -> Request:
        """The request that `reschedule` sends; a change to None leaves the member out."""
        body = {"start_at": instant(slot.start), "end_at": instant(slot.end), **changes}
        body = {name: value for name, value in body.items() if value is not None}
        query = {"contact": booking.contact if contact is None else contact}
        return self._session.request("rescheduleBooking", query=query, body=body, confirmation_number=booking.number)

    def _self_service(self, operation: str, booking: Booking, contact: str | None, **more: Any) -> Answer:
        query = {"contact": booking.contact if contact is None else contact}
        number = more.pop("number", booking.number)
        return self._session.call(operation, query=query, confirmation_number=number, **more)

    def spend(self) -> None:
        if self.write_budget is not None and self.creations >= self.write_budget:
            raise BudgetError("the budget of --write-budget is spent")
        self.creations += 1

    def record(self, answer: Answer, body: Mapping[str, Any], idempotency_key: str | None) -> None:
        number = answer.member("booking", "confirmation_number")
        if answer.status < 300:
            self._offers.was_booked(body.get("starts_at"))
        if answer.status < 300 and isinstance(number, str):
            contact = body.get("contact")
            stated = contact if isinstance(contact, dict) else {}
            proof = stated.get("email") or stated.get("phone") or ""
            self.ledger.record(Made(number, self._session.credentials.url, str(proof)), idempotency_key)
        elif idempotency_key is not None and 400 <= answer.status < 500 and not self._is_still_running(answer):
            self.ledger.settle(idempotency_key)

    def _is_still_running(self, answer: Answer) -> bool:
        """Whether another request with the same idempotency key may yet make a booking."""
        return answer.status in self._session.contract.statuses_of("request_in_progress") and (
            "Retry-After" in answer.headers
        )

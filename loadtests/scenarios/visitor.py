"""A client of the Booking API, step by step: what scenarios are written with."""

from collections.abc import Generator

from loadtests.api.steps import Answer, Flow, Step
from loadtests.api.survey import Slot
from loadtests.measure.result import Change, Kind
from loadtests.measure.statuses import UNKNOWN, Meaning
from loadtests.scenarios.shared import Shared

# What a retry is answered with where the server did not look at its idempotency key, or is not done with it.
_UNDECIDED: frozenset[Meaning] = UNKNOWN | {"key refused", "forbidden", "rate limited"}


class Visitor:
    """Each method is a part of a flow: `yield from visitor.book(slot)`. `number` is no other visitor's of its kind.

    It has one booking at most, and tells the recorder what became of it.
    """

    def __init__(self, shared: Shared, number: int) -> None:
        self.shared = shared
        self.number = number
        self.data = shared.data
        self.key = next(shared.turns)
        self._client = number  # who it is
        self.confirmation_number = ""
        self.made_it = False  # not only told of a booking that the same client had made before
        self._slot: Slot | None = None  # the one booked
        self._taken: list[Slot] = []

    @property
    def contact(self) -> str:
        return self.data.contact(self._client).email

    def take_slot(self) -> Slot | None:
        """One that nobody else takes while this visitor may still hold it; None: all are taken."""
        if not self.shared.free:
            return None
        slot = self.shared.free.popleft()
        self._taken.append(slot)
        return slot

    def _leave(self, slot: Slot | None) -> None:
        """It is free again, as far as this visitor is concerned."""
        if slot in self._taken:
            self._taken.remove(slot)
            self.shared.free.append(slot)

    def look_around(self) -> Flow:
        yield self.shared.build.get_organization(self.key)
        yield self.shared.build.get_service(self.key)
        yield from self.search()

    def search(self) -> Flow:
        yield self.shared.build.get_availability(self.key, self.number)

    def book(self, slot: Slot, client: int | None = None) -> Generator[Step, Answer, bool]:
        """Whether it was booked. Visitors that book as the same `client` send the very same request."""
        self._client = self.number if client is None else client
        self._slot = slot
        data = self.data
        key = data.idempotency_key(self._client)
        again = key in self.shared.acknowledged
        answer = yield self.shared.build.create_booking(self.key, slot, data.contact(self._client), key)
        booked = self._is_done(answer)
        if booked:
            self.confirmation_number = _number_in(answer)
        replayed = answer.headers.get(self.shared.endpoint.replayed_header, "").lower() == "true"
        self.made_it = booked and not replayed and key not in self.shared.acknowledged
        if booked:
            self.shared.acknowledged.add(key)
        self._tell("created", answer, booked, replayed)
        if again and not (booked or self._is_still_running(answer) or self.shared.meaning(answer) in _UNDECIDED):
            self._note("retry refused", answer, False, status=answer.status)
        if not booked and not self._is_unknown(answer):
            self._leave(slot)
        return booked

    def look_up(self) -> Flow:
        yield self.shared.build.lookup_booking(self.confirmation_number, self.contact)

    def guess_contact(self, guess: int) -> Flow:
        """Somebody else's contact for a booking that exists: any other answer than a refusal for that is an error."""
        stranger = self.data.stranger(guess)
        yield self.shared.build.lookup_booking(self.confirmation_number, stranger, "contact_mismatch")

    def guess_number(self, guess: int) -> Flow:
        unknown = self.data.unknown_number(self.number, guess)
        yield self.shared.build.lookup_booking(unknown, self.contact, "unknown_booking")

    def reschedule(self, slot: Slot) -> Generator[Step, Answer, bool]:
        """Whether it was moved."""
        answer = yield self.shared.build.reschedule_booking(self.confirmation_number, self.contact, slot)
        moved = self._is_done(answer)
        before, self._slot = self._slot, slot
        self._tell("rescheduled", answer, moved)
        if not moved:
            self._slot = before
        if not self._is_unknown(answer):
            self._leave(before if moved else slot)
        return moved

    def cancel(self) -> Generator[Step, Answer, bool]:
        """Whether it was canceled."""
        answer = yield self.shared.build.cancel_booking(self.confirmation_number, self.contact)
        canceled = self._is_done(answer)
        self._tell("canceled", answer, canceled)
        if canceled:
            self._leave(self._slot)
        return canceled

    def _is_done(self, answer: Answer) -> bool:
        return self.shared.meaning(answer) == "success"

    def _is_unknown(self, answer: Answer) -> bool:
        """Nobody knows whether the server did it."""
        return self.shared.meaning(answer) in UNKNOWN

    def _is_still_running(self, answer: Answer) -> bool:
        """The first request under this idempotency key is under way: not refused, but to be sent again later."""
        return self.shared.meaning(answer) == "conflicting" and "retry-after" in answer.headers

    def _tell(self, kind: Kind, answer: Answer, done: bool, replayed: bool = False) -> None:
        """A refusal changes nothing and is not told."""
        if done or self._is_unknown(answer):
            self._note(kind, answer, done, replayed)

    def _note(self, kind: Kind, answer: Answer, done: bool, replayed: bool = False, status: int = 0) -> None:
        self.shared.recorder.changes.append(
            Change(
                kind=kind,
                at=answer.received,
                sent=answer.sent,
                acknowledged=done,
                organization=self.key.organization,
                service=self.shared.offer.service,
                starts_at=self._slot.starts_at if self._slot else "",
                confirmation_number=self.confirmation_number,
                contact=self.contact,
                idempotency_key=self.data.idempotency_key(self._client),
                key=self.key.label,
                replayed=replayed,
                status=status,
            )
        )


def _number_in(answer: Answer) -> str:
    """Of the booking that an answer tells of; empty where it does not, whatever else it tells."""
    booking = answer.json.get("booking")
    number = booking.get("confirmation_number") if isinstance(booking, dict) else None
    return number if isinstance(number, str) else ""

"""The end of a check: nothing that it made stays confirmed or pending."""

from collections.abc import Callable, Iterable

from contracts.errors import UnreachableError
from contracts.harness.bookings import Bookings
from contracts.harness.ledger import Intent, Made
from contracts.harness.session import Session
from contracts.target.client import UnansweredError


class CleanUp:
    """Cancels what stands in the ledger of `bookings`."""

    def __init__(self, session: Session, bookings: Bookings) -> None:
        self._session = session
        self._bookings = bookings
        self.ledger = bookings.ledger

    def cancel_all(self, on_step: Callable[[int, int], None] = lambda *_: None) -> list[str]:
        """Cancels all that the ledger holds, and finds out about creations whose answer never came.

        Gives a line for each booking that is left. Budgets do not hold here, and the ledger need not be writable.
        `on_step` is told how many are done, and of how many as far as is known.
        """
        self._session.target.unlimited()
        self.ledger.wind_up()
        left: list[str] = []
        intents = list(self.ledger.intents.values())
        on_step(0, len(intents) + len(self.ledger.made))
        for done, intent in enumerate(intents, 1):
            left += self._resolve(intent)
            on_step(done, len(intents) + len(self.ledger.made))
        bookings = list(self.ledger.made.values())
        for done, made in enumerate(bookings, len(intents) + 1):
            left += self._remove(made)
            on_step(done, len(intents) + len(bookings))
        return left

    def _resolve(self, intent: Intent) -> Iterable[str]:
        name = f"the creation with {self._session.contract.idempotency.header} {intent.idempotency_key}"
        if intent.url != self._session.credentials.url:
            yield f"{name} was sent to {intent.url}: clean up there"
            return
        if intent.key not in self._session.credentials.keys:
            yield f"{name} was sent with the {intent.key} key, which was not given"
            return
        headers = {self._session.contract.idempotency.header: intent.idempotency_key}
        try:
            answer = self._session.call("createBooking", key=intent.key, body=intent.body, headers=headers)
        except (UnansweredError, UnreachableError) as error:
            yield f"{name}: {error}"
            return
        if answer.status >= 500 or answer.status in self._session.contract.statuses_of("rate_limited"):
            yield f"{name}: the server {answer}"
            return
        self._bookings.record(answer, intent.body, intent.idempotency_key)

    def _remove(self, made: Made) -> Iterable[str]:
        if made.url != self._session.credentials.url:
            yield f"{made.number} was made on {made.url}: clean up there"
            return
        try:
            answer = self._session.call(
                "cancelBooking", confirmation_number=made.number, query={"contact": made.contact}
            )
            if answer.status != 200 and not self._is_canceled(made):
                yield f"{made.number}: the server {answer}"
                return
        except (UnansweredError, UnreachableError) as error:
            yield f"{made.number}: {error}"
            return
        self.ledger.release(made.number)

    def _is_canceled(self, made: Made) -> bool:
        found = self._session.call("lookupBooking", confirmation_number=made.number, query={"contact": made.contact})
        gone = self._session.contract.statuses_of("unknown_booking")
        return found.status in gone or found.member("booking", "status") in {"canceled", "cancelled"}

"""The end of a check: nothing that it made stays confirmed or pending."""

from collections.abc import Iterable

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

    def cancel_all(self) -> list[str]:
        """Cancels all that the ledger holds, and finds out about creations whose answer never came.

        Gives a line for each booking that is left. Budgets do not hold here.
        """
        self._session.target.unlimited()
        left: list[str] = []
        for intent in list(self.ledger.intents.values()):
            left += self._resolve(intent)
        for made in list(self.ledger.made.values()):
            left += self._remove(made)
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
        if answer.status in {429, 500, 502, 503, 504}:
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
        return found.status == 404 or found.member("booking", "status") in {"canceled", "cancelled"}

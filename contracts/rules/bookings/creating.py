"""Creations as the rules of making a booking send them: to be answered, accepted or refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, TRIES
from contracts.harness.fixtures import offered_at
from contracts.harness.slots import Slot
from contracts.outcome import NotRunError

OPTIONAL = {"party_size": 1, "notes": "First visit", "timezone": "Asia/Kolkata"}
ACCEPTED = BOOKED + 1  # requests at most
REFUSED = 2


@dataclass(frozen=True, slots=True)
class Creation:
    slot: Slot
    answer: Answer


def accepted(check: Check, what: str, **changes: Any) -> Answer:
    """Makes a booking with these changes of the body. Raises Broken where they are refused."""
    return expect_accepted(check, what, _tried(check, **changes))


def expect_accepted(check: Check, what: str, made: Creation) -> Answer:
    if check.bookings.is_taken(made.answer) and not _is_offered(check, made.slot):
        raise NotRunError("the slots were taken by others")
    check.expect(made.answer.status < 300, f"{what} to be accepted", str(made.answer), made.answer)
    return made.answer


def refused(check: Check, what: str, **changes: Any) -> None:
    """Sends a creation that would succeed but for these changes. Raises Broken where a booking is made."""
    slot = check.offers.spare_slot()
    answer = check.bookings.create_unkeyed(check.bookings.body(slot, **changes))
    if check.bookings.is_taken(answer) and not _is_offered(check, slot):
        raise NotRunError("the slot was taken by others")
    check.expect_refusal(answer, f"{what} to be refused")


def judged(check: Check, what: str, **changes: Any) -> None:
    """Expects what the contract's schema of the body says of such a one. Raises Broken."""
    schema = check.contract.operations["createBooking"].body
    body = check.bookings.body(check.offers.spare_slot(), **changes)
    if schema is None or schema.is_valid(body):
        accepted(check, what, **changes)
    else:
        refused(check, what, **changes)


def creation(check: Check) -> Creation:
    """The one whose answer is looked at."""

    def created() -> Creation:
        made = _tried(check)
        return made if made.answer.status < 400 else _tried(check, **OPTIONAL)  # perhaps it wants what it should not

    made: Creation = check.once("creation", created)
    return made


def _tried(check: Check, **changes: Any) -> Creation:
    return sent(check, lambda slot: check.bookings.body(slot, **changes))


def sent(check: Check, body: Callable[[Slot], Mapping[str, Any]]) -> Creation:
    """For another slot where one is taken: others may be booking too."""
    for attempt in range(1, TRIES + 1):
        slot = check.offers.free_slot()
        answer = check.bookings.create(body(slot))
        if not check.bookings.is_taken(answer) or attempt == TRIES:
            return Creation(slot, answer)
    raise AssertionError("TRIES is at least one")


def _is_offered(check: Check, slot: Slot) -> bool:
    """Now: then nobody else has taken it."""
    return any(one.host == slot.host for one in offered_at(check, slot.start))

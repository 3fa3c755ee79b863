"""Contacts that are nearly right: whoever gives one is told nothing, and changes nothing (/api/bookings/lookup)."""

from collections.abc import Iterator

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED
from contracts.harness.slots import instant
from contracts.outcome import Broken, NotRunError
from contracts.rules.bookings.bookings import contact_required
from contracts.rules.bookings.cancellation import cancel_body
from contracts.rules.bookings.self_service import contact_mismatch, contact_parameter, lookup, missing_contact
from contracts.rules.rule import WRITES, rule

STATEMENT = "errors.403.contact_mismatch"


@rule(
    STATEMENT,
    "Part of a contact is none, nor is more than it",
    needs=WRITES,
    builds_on=[contact_parameter, contact_mismatch],
    requests=9 + BOOKED,
)
def parts(check: Check) -> None:
    booking = check.bookings.book()
    email, phone = booking.contact, booking.phone
    local, _, host = email.partition("@")
    for near in (local, f"@{host}", email[:-1], email[1:], f"{email}.au", f"x{email}", phone[:-1], phone[-7:], "%"):
        _expect_refused(check.bookings.lookup(booking, near), near)
    check.bookings.put_back(booking)


@rule(
    STATEMENT,
    "What a contact lacks is matched by nothing",
    needs=WRITES,
    builds_on=[contact_parameter, contact_mismatch, missing_contact, contact_required],
    requests=7 + BOOKED,
)
def nothing(check: Check) -> None:
    name = check.fakes.name()
    contact, schema = {"name": name, "email": check.fakes.email()}, check.contract.operations["createBooking"].body
    if schema is not None and not schema.is_valid(check.bookings.body(check.offers.spare_slot(), contact=contact)):
        raise NotRunError("no contact lacks anything, as the contract says")
    booking = check.bookings.book(contact=contact)
    for near in (name, "+", "null", "None", "undefined", "*", ""):
        _expect_refused(check.bookings.lookup(booking, near), near or "nothing")
    check.bookings.put_back(booking)


@rule(
    STATEMENT,
    "Another booking's contact is another contact, in each operation",
    needs=WRITES,
    builds_on=[contact_mismatch, lookup],
    requests=5 + 2 * BOOKED,
)
def of_another_booking(check: Check) -> None:
    mine, other = check.bookings.book(), check.bookings.shared()
    for contact in (other.contact, other.phone):
        for answer in _each_operation(check, mine, contact):
            _expect_refused(answer, "the contact of another booking")
    check.bookings.put_back(mine)


@rule(
    STATEMENT,
    "A key beside it makes no contact right",
    needs=WRITES,
    builds_on=[contact_mismatch, missing_contact],
    requests=6 + BOOKED,
)
def key_beside(check: Check) -> None:
    booking, stranger = check.bookings.book(), check.fakes.email()
    for key in ("public", "platform"):
        if key in check.credentials.keys:
            _expect_refused(check.bookings.lookup(booking, stranger, key=key), f"a wrong contact with the {key} key")
            answer = check.call("lookupBooking", key=key, confirmation_number=booking.number)
            _expect_refused(answer, f"no contact with the {key} key")
            _expect_refused(check.bookings.cancel(booking, stranger, key=key), f"a wrong contact with the {key} key")
    check.bookings.put_back(booking)


@rule(
    STATEMENT,
    "The contact of a canceled booking is asked for like any other",
    needs=WRITES,
    builds_on=[contact_mismatch, cancel_body],
    requests=6 + BOOKED,
)
def canceled(check: Check) -> None:
    booking = check.bookings.book()
    check.bookings.put_back(booking)
    for answer in _each_operation(check, booking, check.fakes.email()):
        _expect_refused(answer, "a wrong contact for a canceled booking")
        check.expect_refused(answer, "contact_mismatch")


def _each_operation(check: Check, booking: Booking, contact: str) -> Iterator[Answer]:
    yield check.bookings.lookup(booking, contact)
    yield check.bookings.reschedule(booking, booking.slot, contact)
    query = {"contact": contact, "from": instant(booking.slot.start), "to": instant(booking.slot.end)}
    answer = check.call("getRescheduleAvailability", query=query, confirmation_number=booking.number)
    if answer.status in {
        *check.successes(answer.request.operation),
        *check.contract.statuses_of("contact_mismatch"),
    }:  # how it is asked for is assumed
        yield answer
    yield check.bookings.cancel(booking, contact)


def _expect_refused(answer: Answer, what: str) -> None:
    """Whether with 400 or 403: a contact of no contact's form may be either."""
    if answer.status < 400:
        raise Broken(f"{what} to be refused", str(answer), answer)

"""What limits those who come with a confirmation number: requests of a client, and guesses at a contact."""

from collections.abc import Callable

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.charges import NARROWING
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, LIMIT, MINUTE
from contracts.harness.limits import UsedUp
from contracts.outcome import Broken, NotRunError
from contracts.rules.limits.charges import LOOKS, expect_refusal_taken
from contracts.rules.limits.each_cost import self_service as lookups
from contracts.rules.limits.limits import judge
from contracts.rules.rule import WRITES, rule

GUESSES = 10  # as shipped
ENOUGH = 5  # times the contract's number: who admits so many in a window limits nobody


@rule(
    "limits.self_service_limited",
    "Who comes with a confirmation number is limited, too",
    needs=WRITES,
    requests=BOOKED + GUESSES + 1 + ENOUGH * LIMIT,
    waits=2 * MINUTE,
)
def limited(check: Check) -> None:
    found = check.limits.used_up("verification")
    if found.refused is None:
        found = check.limits.used_up("self-service")
    if found.refused is None:
        found = _insisted(check, found)
    admitted = f"admitted {len(found.admitted)} requests within {found.seconds:.1f} s"
    check.expect(found.refused is not None, "lookupBooking to be limited", admitted, found.last)


def _insisted(check: Check, known: UsedUp) -> UsedUp:
    """Goes on where as many as the contract says were no limit."""
    booking, answers = check.bookings.shared(), list(known.admitted)
    while len(answers) < ENOUGH * known.policy.limit:
        answer = check.bookings.lookup(booking, paced=False)
        if answer.status != answers[0].status:
            return UsedUp(known.policy, answers, answer)
        answers.append(answer)
        if answer.received - answers[0].sent >= known.policy.window:
            raise NotRunError(f"{len(answers)} requests take it longer than {known.policy.window} s")
    return UsedUp(known.policy, answers, None)


@rule(
    "limits.verification",
    "The contact of a booking can be guessed as often in a minute as the limit says",
    needs=WRITES,
    builds_on=[limited],
    requests=BOOKED + GUESSES + 1,
    waits=MINUTE,
)
def verification(check: Check) -> None:
    found = check.limits.used_up("verification")
    if found.first.status != check.contract.errors["contact_mismatch"].status:
        raise NotRunError(f"lookupBooking with another contact {found.first}")
    judge(check, found)


@rule(
    "limits.verification_exhausted",
    "When the guesses are used up the owner is refused, too",
    needs=WRITES,
    builds_on=[verification],
    requests=BOOKED + GUESSES + 2,
    waits=MINUTE,
)
def exhausted(check: Check) -> None:
    check.limits.exhausted("verification")
    answer = check.bookings.lookup(check.bookings.shared(), paced=False)
    check.expect(check.limits.is_refused(answer), "the owner to be refused", str(answer), answer)


@rule(
    "limits.verification_subject",
    "Guesses at a number count however its letters are written",
    needs=WRITES,
    builds_on=[verification],
    requests=BOOKED + GUESSES + 2,
    waits=MINUTE,
)
def number_in_any_case(check: Check) -> None:
    check.limits.exhausted("verification")
    booking = check.bookings.shared()
    number = booking.number.lower() if booking.number != booking.number.lower() else booking.number.upper()
    answer = check.bookings.lookup(booking, number=number, contact=check.fakes.email(), paced=False)
    refused = check.limits.is_refused(answer)
    check.expect(refused, f"{number} to be refused as {booking.number} is", str(answer), answer)


@rule(
    "limits.verification_subject",
    "Guesses at a number count whether or not it exists",
    needs=WRITES,
    builds_on=[verification],
    requests=GUESSES + 1,
    waits=MINUTE,
)
def number_of_nobody(check: Check) -> None:
    found = check.limits.guess(check.fakes.confirmation_number())
    expected = f"a refusal after {found.policy.limit} guesses at one number"
    check.expect(found.refused is not None, expected, str(found.last), found.last)


@rule(
    "limits.verification_given_back",
    "A contact that matches uses up no guess",
    needs=WRITES,
    builds_on=[verification],
    requests=BOOKED + GUESSES + 1,
    waits=MINUTE,
)
def given_back(check: Check) -> None:
    limited, booking = "verification" in check.contract.rate_limits.policies, check.bookings.shared()
    policy = check.limits.policy("verification" if limited else "self-service")
    guesses = policy.limit if limited else GUESSES
    check.limits.rest(policy, check.limits.lookup(booking.number))
    for count in range(1, guesses + 2):
        answer = check.bookings.lookup(booking, paced=False)
        if check.limits.is_refused(answer):
            expected = f"{guesses + 1} lookups with the booking's contact to be served"
            raise Broken(expected, f"refused number {count}", answer)
        check.need_served(answer)


@rule(
    "limits.verification_given_back",
    "A request without a contact uses up no guess",
    needs=WRITES,
    builds_on=[given_back],
    requests=BOOKED + GUESSES + 1,
    waits=MINUTE,
)
def missing_contact(check: Check) -> None:
    _costs_no_guess(check, lambda it: check.call("lookupBooking", confirmation_number=it.number, paced=False))


@rule(
    "limits.verification_given_back",
    "A request with the right contact uses up no guess, whatever else is wrong with it",
    needs=WRITES,
    builds_on=[given_back],
    requests=BOOKED + GUESSES + 1,
    waits=MINUTE,
)
def mistyped(check: Check) -> None:
    def ask(booking: Booking) -> Answer:
        query = {"contact": booking.contact}
        number = booking.number
        return check.call("rescheduleBooking", query=query, body={}, confirmation_number=number, paced=False)

    _costs_no_guess(check, ask)


def _costs_no_guess(check: Check, ask: Callable[[Booking], Answer]) -> None:
    """Asks as often as one may guess; then the owner is still served."""
    policy, booking = check.limits.policy("verification"), check.bookings.shared()
    check.limits.rest(policy, check.limits.lookup(booking.number))
    for count in range(1, policy.limit + 1):
        answer = ask(booking)
        if answer.status < 400:
            raise NotRunError(f"the server does not refuse it: {answer}")
        if check.limits.is_refused(answer):
            raise Broken("no guess to be used up", f"refused number {count}", answer)
    answer = check.bookings.lookup(booking, paced=False)
    check.expect(not check.limits.is_refused(answer), "the owner to be served", str(answer), answer)


@rule(
    "limits.self_service",
    "A client is admitted as often in a minute to self-service as its limit says",
    needs=WRITES,
    builds_on=[given_back],
    requests=BOOKED + LIMIT + 1,
    waits=MINUTE,
)
def self_service(check: Check) -> None:
    judge(check, check.limits.used_up("self-service"))


@rule(
    "limits.refused_counts",
    "A lookup that the limit of guesses refuses is not charged to that of self-service",
    needs=WRITES,
    builds_on=[verification, lookups],
    requests=BOOKED + 2 * (GUESSES + 2 + LOOKS) + NARROWING,
    waits=2 * MINUTE,
)
def refused_guess(check: Check) -> None:
    """At the contact of nobody's booking: the looks at what is left are at another."""
    booking = check.bookings.shared()
    request = check.limits.lookup(check.fakes.confirmation_number(), check.fakes.email())
    expect_refusal_taken(
        check,
        lambda: check.target.send(request, paced=False),
        request,
        "verification",
        "a lookup",
        beside="self-service",
        look=lambda: check.bookings.lookup(booking),
    )

"""Which Idempotency-Keys are taken, whose they are, how long they are kept, and when they are free again."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.fixtures import seats_left
from contracts.outcome import Broken, NotRunError
from contracts.rules.idempotency.idempotency import is_replay, no_duplicate, repeat, replay, reused, token
from contracts.rules.rule import WRITES, Need, rule

NEARLY = 60  # seconds


@rule(
    "idempotency.scope",
    "Another API key has Idempotency-Keys of its own",
    needs=WRITES | {Need.OTHER_KEY, Need.OTHER_ORGANIZATION},
    builds_on=[reused],
    requests=BOOKED + 4,
)
def scope(check: Check) -> None:
    """With bodies that lack almost everything: a used key tells by how they are refused, and nothing is booked."""
    used = token(check, check.bookings.shared().answer)
    if refusal(check, used) == refusal(check, check.fakes.idempotency_key()):
        raise NotRunError("a body that lacks members is refused before its Idempotency-Key is looked at")
    expected = refusal(check, check.fakes.idempotency_key(), "other")
    seen = refusal(check, used, "other")
    told = f"answered {seen} where another key's Idempotency-Key was used"
    check.expect(seen == expected, f"{expected}, as with a new Idempotency-Key", told)


@rule(
    "idempotency.scope",
    "A second API key of the same organization has Idempotency-Keys of its own, unless they are the organization's",
    needs=WRITES | {Need.CONTROL},
    builds_on=[replay],
    requests=BOOKED + 1,
)
def scope_within(check: Check) -> None:
    """By a whole creation, sent again with the other key: that is a retry, or a creation which finds its slot taken."""
    booking, other = check.bookings.shared(), check.steering.new_key()
    used = token(check, booking.answer)
    answer = check.bookings.create(booking.body, key=other.label, idempotency_key=used)
    other.revoke()
    whose = check.contract.idempotency.scope
    given_again = answer.member("booking", "confirmation_number") == booking.number
    told = f"{'gave the first answer again' if given_again else str(answer)} to another key of the organization's"
    expected = f"Idempotency-Keys to be of each {whose}"
    check.expect(given_again is not (whose == "key"), expected, told, answer)


@rule(
    "idempotency.lifetime",
    "An Idempotency-Key is kept as long as the contract says, and no longer",
    needs=WRITES | {Need.CONTROL},
    builds_on=[replay, reused],
    requests=BOOKED + 5,
)
def lifetime(check: Check) -> None:
    booking, kept = check.bookings.shared(), check.contract.idempotency.lifetime
    used = token(check, booking.answer)
    passed = check.target.clock.now - booking.answer.received
    with check.steering.moved(int(kept - passed) - NEARLY):
        again = repeat(check, booking)
        known = again.member("booking", "confirmation_number") == booking.number
        check.expect(known, f"the first answer again until {kept} s after the first request", str(again), again)
        fresh_one = refusal(check, check.fakes.idempotency_key())
        tells_keys_apart = refusal(check, used) != fresh_one
        check.wait(2 * NEARLY)
        if not tells_keys_apart:  # then only the whole creation does
            again = repeat(check, booking)
            known = again.member("booking", "confirmation_number") == booking.number
            check.expect(not known, f"an Idempotency-Key to be new again after {kept} s", str(again), again)
            return
        seen = refusal(check, used)
    told = f"answered {seen} {NEARLY} s after that"
    check.expect(seen == fresh_one, f"an Idempotency-Key to be new again after {kept} s, {fresh_one}", told)


def refusal(check: Check, idempotency_key: str, key: str = "public") -> int:
    """The status of a creation that lacks all but its organization."""
    body = {"org_slug": check.credentials.organization_of(key)}
    headers = {check.contract.idempotency.header: idempotency_key}
    return check.call("createBooking", key=key, body=body, headers=headers).status


@rule(
    "idempotency.released_by",
    "A creation that failed leaves its Idempotency-Key free, unless its refusal is given again",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=SETUP + 8,
)
def released(check: Check) -> None:
    """By the corrected creation: a booking is made of it, or what has the key is in its way."""
    bookings, slot = check.bookings, check.offers.free_slot()
    body = bookings.body(slot)
    incomplete = {name: value for name, value in body.items() if name != "contact"}
    order, kept = check.contract.rule("auth.order").index, check.contract.idempotency.stored
    for wrong, cause, part in (
        (incomplete, "missing_field", "validation"),
        ({**body, "service_slug": check.fakes.slug()}, "unknown_service", "rules"),
    ):
        idempotency_key = check.fakes.idempotency_key()
        first = bookings.create(wrong, idempotency_key=idempotency_key)
        if first.status != check.contract.errors[cause].status:
            raise NotRunError(f"createBooking {first}")
        answer = made = bookings.create(body, idempotency_key=idempotency_key)
        if answer.status >= 400:
            made = bookings.create(body)
        if made.status >= 400:
            raise NotRunError(f"the slot can no longer be booked: createBooking {made}")
        bookings.put_back(bookings.booked(made, body, slot))
        held = first.status in kept and order("idempotency") < order(part)
        expected = f"an Idempotency-Key to be {'taken' if held else 'free'} after {first.status}"
        check.expect((answer is not made or is_replay(check, answer)) is held, expected, str(answer), answer)


@rule(
    "idempotency.stored",
    "A creation that was refused for a taken slot is refused again when the slot is free",
    needs=WRITES,
    builds_on=[replay],
    requests=SETUP + 5,
)
def taken_again(check: Check) -> None:
    """Whether or not a replay says that it is one."""
    bookings, slot, idempotency_key = check.bookings, check.offers.free_slot(), check.fakes.idempotency_key()
    booking, body = bookings.book(slot=slot, party_size=max(1, seats_left(slot))), bookings.body(slot)
    first = bookings.create(body, idempotency_key=idempotency_key)
    if not bookings.is_taken(first):
        raise NotRunError(f"a slot that is booked is not taken: createBooking {first}")
    check.need_served(bookings.cancel(booking))
    again = bookings.create(body, idempotency_key=idempotency_key)
    if again.status >= 400 and bookings.create(body).status >= 400:
        raise NotRunError(f"a slot that is given up is not free: createBooking {again}")
    kept = first.status in check.contract.idempotency.stored
    expected = f"{first.status} to be given again" if kept else f"{first.status} to be judged anew"
    check.expect((again.status >= 400) is kept, expected, str(again), again)


@rule(
    "idempotency.other_operations",
    "Operations that the contract does not name ignore an Idempotency-Key",
    needs=WRITES,
    requests=BOOKED + 3,
)
def other_operations(check: Check) -> None:
    bookings = check.bookings
    if "cancelBooking" in check.contract.idempotency.operations:
        raise NotRunError("the contract names cancelBooking, too")
    booking, headers = bookings.book(), {check.contract.idempotency.header: check.fakes.idempotency_key()}
    check.need_served(bookings.cancel(booking, headers=headers))
    again = bookings.cancel(booking, headers=headers)
    # Who lets a booking be canceled twice without an Idempotency-Key does so with one.
    if is_replay(check, again) or (again.status < 300 <= bookings.cancel(booking).status):
        raise Broken("a second cancellation to be judged anew", str(again), again)


@rule(
    "idempotency.optional",
    "A creation needs no Idempotency-Key",
    needs=WRITES,
    requests=BOOKED + 2,
)
def optional(check: Check) -> None:
    body = _of_no_service(check)
    keyed, unkeyed = check.bookings.create(body), check.bookings.create_unkeyed(body)
    expected = f"{keyed.status}, as with an Idempotency-Key"
    check.expect(unkeyed.status == keyed.status, expected, f"{unkeyed} without one", unkeyed)


@rule(
    "idempotency.key_syntax",
    "An Idempotency-Key is taken when the contract's schema allows it, and else refused",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=BOOKED + 5,
)
def key_syntax(check: Check) -> None:
    body = _of_no_service(check)
    usual = check.bookings.create(body)
    long = long_key(check)
    answer = check.bookings.create(body, idempotency_key=long)
    expected = f"{usual.status}, as with a shorter one"
    check.expect(answer.status == usual.status, expected, f"{answer} to one of {len(long)} characters", answer)
    for malformed in _malformed_keys(check):
        answer = check.bookings.create(body, idempotency_key=malformed)
        taken = answer.status == usual.status
        check.expect(not taken, f"the Idempotency-Key {shown(malformed)} to be refused", str(answer), answer)


@rule(
    "errors.400.invalid_idempotency_key",
    "A malformed Idempotency-Key is refused as such",
    needs=WRITES,
    builds_on=[key_syntax],
    requests=BOOKED + 3,
)
def malformed(check: Check) -> None:
    body = _of_no_service(check)
    for idempotency_key in _malformed_keys(check):
        answer = check.bookings.create(body, idempotency_key=idempotency_key)
        check.expect_refused(answer, "invalid_idempotency_key")


def _of_no_service(check: Check) -> Mapping[str, Any]:
    """What is refused in the end, but for no reason of its form."""
    booking = check.bookings.shared()
    return check.bookings.body(booking.slot, service=check.fakes.slug())


def long_key(check: Check) -> str:
    """As long as the contract's schema allows."""
    return check.fakes.idempotency_key().ljust(_longest(check), "x")


def _malformed_keys(check: Check) -> Iterator[str]:
    operation, header = check.contract.operations["createBooking"], check.contract.idempotency.header
    syntax, key = operation.headers[header.lower()], check.fakes.idempotency_key()
    for odd in (key.ljust(_longest(check) + 1, "x"), f"{key} and more", f"{key}-\u00e9"):
        if not syntax.is_valid(odd):
            yield odd


def _longest(check: Check) -> int:
    operation, header = check.contract.operations["createBooking"], check.contract.idempotency.header
    return int(operation.headers[header.lower()].schema.get("maxLength", 255))


def shown(key: str) -> str:
    return f"of {len(key)} characters" if len(key) > 64 else f"“{key}”"

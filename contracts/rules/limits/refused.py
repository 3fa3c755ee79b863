"""What a refusal by a limit leaves behind: nothing."""

from contracts.harness.check import Check
from contracts.harness.costs import CREATIONS, MINUTE, SETUP, TRIES
from contracts.outcome import NotRunError
from contracts.rules.idempotency.idempotency import is_replay, no_duplicate
from contracts.rules.limits.limits import creation
from contracts.rules.rule import WRITES, rule


@rule(
    "idempotency.released_by",
    "A creation that a limit refused leaves its Idempotency-Key free, for the same body and for another",
    needs=WRITES,
    builds_on=[no_duplicate, creation],
    requests=SETUP + 2 * TRIES + CREATIONS + 5,
    waits=2 * MINUTE,
)
def key_stays_free(check: Check) -> None:
    bookings, limits = check.bookings, check.limits
    slots = [check.offers.free_slot() for _ in range(3)]
    limits.exhausted("creation")
    keys = [check.fakes.idempotency_key() for _ in range(2)]
    same, *others = (bookings.body(slot, notes="n" * count or None) for count, slot in enumerate(slots))
    for idempotency_key, body in zip(keys, (same, others[0]), strict=True):
        if not limits.is_refused(bookings.create(body, idempotency_key=idempotency_key, paced=False)):
            raise NotRunError("the creation limit refuses no creation now")
    limits.rest(limits.policy("creation"), check.request("createBooking"))
    for idempotency_key, slot, body in zip(keys, (slots[0], slots[2]), (same, others[1]), strict=True):
        answer = bookings.create(body, idempotency_key=idempotency_key)
        if answer.status >= 400:
            check.need_served(bookings.create(body))
        judged = answer.status < 300 and not is_replay(check, answer)
        check.expect(judged, "a creation to be judged anew when the limit admits it", str(answer), answer)
        bookings.put_back(bookings.booked(answer, body, slot))
    check.offers.release(slots[1])

"""Retries of createBooking under one Idempotency-Key (/api/bookings/create)."""

from typing import Any

import orjson

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP, SURVEY
from contracts.harness.fixtures import with_seats
from contracts.harness.settings import DAY
from contracts.harness.slots import Slot
from contracts.outcome import Broken, NotRunError
from contracts.rules.rule import WRITES, Rule, rule

TOGETHER = 4  # requests at the same time
HUGE = 1_000_000  # seats that no slot has


def repeat(check: Check, booking: Booking, *, paced: bool = True, **changes: Any) -> Answer:
    """The creation of a booking again, with its idempotency key; a change to None leaves the member out."""
    body = {name: value for name, value in {**booking.body, **changes}.items() if value is not None}
    return check.bookings.create(body, idempotency_key=token(check, booking.answer), paced=paced)


def token(check: Check, answer: Answer) -> str:
    return answer.request.headers[check.contract.idempotency.header]


def is_replay(check: Check, answer: Answer) -> bool:
    """As far as it says so."""
    header = check.contract.idempotency.replayed_header
    return header is not None and header in answer.headers


def _need_mark(check: Check) -> str:
    """Raises NotRunError where a replay does not say that it is one."""
    if check.contract.idempotency.replayed_header is None:
        raise NotRunError("nothing tells a replay, as the contract says")
    return check.contract.idempotency.replayed_header


@rule(
    "idempotency",
    "A creation sent again with its Idempotency-Key makes no second booking",
    needs=WRITES,
    requests=SURVEY + BOOKED + 1,
)
def no_duplicate(check: Check) -> None:
    seats = True
    try:
        service, slot = with_seats(check)
        booking = check.bookings.book(slot=slot, service=service.slug)
    except NotRunError:  # what follows then tells only when the server does answer with a booking
        seats, booking = False, check.bookings.shared()
    answer = repeat(check, booking)
    number = answer.member("booking", "confirmation_number")
    if answer.status < 300 and number != booking.number:
        raise Broken(f"the booking {booking.number} that was made first", f"made another one, {number}", answer)
    if answer.status >= 400 and not seats:
        raise NotRunError(f"no service has room for a second booking; createBooking {answer}")


@rule(
    "idempotency.replay",
    "A retry is given the first answer, byte for byte",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=BOOKED + 1,
)
def replay(check: Check) -> None:
    first = check.bookings.shared().answer
    again = repeat(check, check.bookings.shared())
    status = check.contract.idempotency.status_again(first.status)
    if again.status == status or again.status >= 300:  # which status of success it has is another rule's business
        check.expect(again.status == status, f"the first answer, {status}, again", str(again), again)
    for name in ("Content-Type", "Location"):
        was, now = first.headers.get(name), again.headers.get(name)
        check.expect(was == now, f"{name}: {was}, as at first", f"sent {name}: {now}", again)
    if again.body != first.body:
        raise Broken(f"the first answer again, {first.excerpt}", str(again), again)


@rule(
    "idempotency.replay_status",
    "A retry is answered with the status that the contract says",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=BOOKED + 1,
)
def replay_status(check: Check) -> None:
    first = check.bookings.shared().answer
    check.expect_status(repeat(check, check.bookings.shared()), check.contract.idempotency.status_again(first.status))
    read = check.contract.rule("http.success_statuses")["read"]
    if first.status == read:
        raise NotRunError(
            f"a creation is answered with {read} at first already: a replay can hardly have another status"
        )


@rule(
    "idempotency.replayed_header",
    "A replay says that it is one, and only a replay does",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=BOOKED + 1,
)
def replayed_header(check: Check) -> None:
    name, first = check.contract.idempotency.replayed_header, check.bookings.shared().answer
    if name is None:
        again = repeat(check, check.bookings.shared())
        telling = [each for each in again.headers if "replay" in each.lower()]
        check.expect(not telling, "no header that tells a replay", f"sent {', '.join(telling)}", again)
        return
    check.expect(not is_replay(check, first), f"no {name} on a first answer", f"sent {name}", first)
    check.expect_header(repeat(check, check.bookings.shared()), name, "true")


def _first_answers(check: Check) -> None:
    """Of the keys that this run made up: nobody else can have used them. Whose they are is another rule's business."""
    answered: dict[str, list[Answer]] = {}
    for answer in check.target.answers:
        used = answer.request.headers.get(check.contract.idempotency.header, "")
        if check.fakes.run in used and answer.request.operation in check.contract.idempotency.operations:
            answered.setdefault(used, []).append(answer)
    name = _need_mark(check)
    for answers in answered.values():
        if all(is_replay(check, answer) for answer in answers):
            raise Broken(f"no {name} on a first answer", f"sent {name} with {answers[0].status}", answers[0])


first_answers = Rule(
    "idempotency.first-answers",
    "idempotency.replayed_header",
    "No first answer says that it is a replay, whatever it is",
    _first_answers,
    frozenset(),
    builds_on=(replayed_header,),
    follows=(replayed_header,),
    requests=0,
)


@rule(
    "idempotency.fresh_on_replay",
    "Date and request id of a replay are its own",
    needs=WRITES,
    builds_on=[replay],
    requests=BOOKED + 2,
    waits=3,
)
def fresh(check: Check) -> None:
    booking = check.bookings.shared()
    first = booking.answer
    check.wait(3)
    answer = repeat(check, booking)
    header = check.contract.rule("http.request_id")["header"]
    identity = first.headers.get(header)
    if identity is not None:
        check.expect(
            answer.headers.get(header) != identity, "a request id of its own", f"sent {identity} again", answer
        )
    if first.date is not None and answer.date is not None:
        passed = answer.sent - first.received
        check.expect(
            answer.date - first.date >= passed - 2, "the Date of the replay", f"sent {answer.headers['Date']}", answer
        )
    elif identity is None:
        raise NotRunError("the server sends neither Date nor request id")


@rule(
    "errors.422.idempotency_key_reused",
    "An Idempotency-Key that was used with another body is refused",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=BOOKED + 1,
)
def reused(check: Check) -> None:
    booking = check.bookings.shared()
    contact = {**booking.body["contact"], "name": check.fakes.name() + "s"}
    check.expect_refused(repeat(check, booking, contact=contact), "idempotency_key_reused")


@rule(
    "idempotency.fingerprint",
    "Two bodies are the same when they are the same JSON, in whatever order, with no default filled in",
    needs=WRITES,
    builds_on=[replay, reused],
    requests=BOOKED + 4,
)
def fingerprint(check: Check) -> None:
    booking, first = check.bookings.shared(), check.bookings.shared().answer
    backwards = {name: booking.body[name] for name in reversed(list(booking.body))}
    again = check.bookings.create(backwards, idempotency_key=token(check, first))
    status = repeat(check, booking).status
    expected = f"{status}, as to a retry, to the same body with its members in another order"
    check.expect(again.status == status, expected, str(again), again)
    if "idempotency_key_reused" not in check.contract.refusals:
        return
    properties = check.contract.document["components"]["schemas"]["CreateBooking"]["properties"]
    added = [{"party_size": properties["party_size"]["default"]}]
    if check.contract.rule("bookings.unknown_members") == "ignored":  # else a key may not be looked at before
        added.append({"kordkit_check": "an unknown member"})
    for changes in added:
        answer = repeat(check, booking, **changes)
        error = check.contract.errors["idempotency_key_reused"]
        shown = f"{error.status} to a body with {orjson.dumps(changes).decode()} added"
        check.expect(answer.status in {error.status, *error.also_accepted}, shown, str(answer), answer)


@rule(
    "idempotency.stored",
    "A refusal by the rules of booking is given again, too",
    needs=WRITES,
    builds_on=[replay, replayed_header],
    requests=BOOKED + 4,
)
def stored(check: Check) -> None:
    _need_mark(check)
    booking, kept = check.bookings.shared(), check.contract.idempotency.stored
    days = (booking.slot.start - check.now()) // DAY + 2
    past = Slot(booking.slot.start - days * DAY, booking.slot.end - days * DAY, booking.slot.host, {})
    bodies = [
        check.bookings.body(past, service=booking.service),
        check.bookings.body(booking.slot, service=booking.service, party_size=HUGE),
    ]
    looked_at = set()
    for body in bodies:
        idempotency_key = check.fakes.idempotency_key()
        first = check.bookings.create(body, idempotency_key=idempotency_key)
        if first.status >= 400:
            again = check.bookings.create(body, idempotency_key=idempotency_key)
            if first.status in kept:
                same = again.status == first.status and is_replay(check, again)
                check.expect(same, f"{first.status} to be replayed", f"judged the retry anew: {again}", again)
            else:
                check.expect(not is_replay(check, again), f"{first.status} to be judged anew", "replayed it", again)
            looked_at.add(first.status)
    if not looked_at:
        raise NotRunError("no creation was refused")


@rule(
    "errors.409.request_in_progress",
    "Creations at the same time with one Idempotency-Key make one booking",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=SURVEY + TOGETHER,
)
def in_progress(check: Check) -> None:
    service, slot = with_seats(check)
    body = check.bookings.body(slot, service=service.slug)
    answers = check.bookings.create_together([body] * TOGETHER, idempotency_key=check.fakes.idempotency_key())
    made = {str(answer.member("booking", "confirmation_number")) for answer in answers if answer.status < 300}
    if not made:
        raise NotRunError(f"none of the creations was served: createBooking {answers[0]}")
    told = f"made {len(made)} bookings of {TOGETHER} requests at the same time"
    check.expect(len(made) == 1, "one booking", told, answers[-1])
    wait = check.contract.errors["request_in_progress"].retry_after
    for answer in answers:
        if answer.status >= 300 and not check.limits.is_refused(answer):
            check.expect_refused(answer, "request_in_progress")
            if wait is not None:
                check.expect_header(answer, "Retry-After", str(wait))


@rule(
    "idempotency",
    "One Idempotency-Key makes one booking, whatever is sent with it at the same time",
    needs=WRITES,
    builds_on=[no_duplicate],
    requests=2 * TOGETHER + SETUP,
)
def one_key(check: Check) -> None:
    slots, bookings = [check.offers.free_slot() for _ in range(TOGETHER)], check.bookings
    bodies = [bookings.body(slot) for slot in slots]
    answers = bookings.create_together(bodies, idempotency_key=check.fakes.idempotency_key())
    made = {
        str(answer.member("booking", "confirmation_number")): (answer, body, slot)
        for answer, body, slot in zip(answers, bodies, slots, strict=True)
        if answer.status < 300
    }
    if not made:
        raise NotRunError(f"none of the creations was served: createBooking {answers[0]}")
    told = f"made {len(made)} bookings of {TOGETHER} bodies with one Idempotency-Key"
    check.expect(len(made) == 1, "one booking", told, answers[-1])
    bookings.put_back(*(bookings.booked(*one) for one in made.values()))
    for slot in slots:
        check.offers.release(slot)

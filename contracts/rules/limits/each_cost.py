"""What each operation takes of its limit, with each method and each outcome: one unit, and nothing of nobody's."""

from collections.abc import Callable
from itertools import cycle, islice, pairwise
from math import ceil

from contracts.exchange import Answer
from contracts.harness.charges import NARROWING, Look
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, MINUTE, SETUP, TAKEN
from contracts.harness.fixtures import taken
from contracts.harness.limits import GENERAL
from contracts.harness.settings import DAY
from contracts.harness.slots import instant
from contracts.outcome import Broken, NotRunError
from contracts.rules.access.tenancy import foreign_organization
from contracts.rules.bookings.cancellation import cancel_body
from contracts.rules.limits.charges import creation_counts_twice, draws_from_both, failed_request, replay_counts
from contracts.rules.limits.limits import creation
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, rule
from contracts.spec.contract import Contract

LOOKS = 3  # a request, and what is left before and after it
PLATFORM_MINUTE, SELF_SERVICE = "platform-minute", "self-service"
Act = Callable[[], object]


def bound(acts: int) -> int:
    """Requests for so many: one is measured once more before it is believed, and so is what looking itself takes."""
    return (acts + 3) * LOOKS


@rule(
    "limits.public_general",
    "Each read takes one of the requests that a public key has",
    requests=bound(4) + SETUP,
)
def reads(check: Check) -> None:
    now, slug = check.now(), check.service_slug
    query = check.offers.query(now, now + DAY)
    _expect_each(
        check,
        {
            "getOrganization": lambda: check.call("getOrganization"),
            "getService": lambda: check.call("getService", service_slug=slug),
            "getAvailability": lambda: check.call("getAvailability", query=query),
            "getAvailability for two": lambda: check.call("getAvailability", query={**query, "partySize": 2}),
        },
    )


@rule(
    "http.head",
    "HEAD takes as much of the limit as GET",
    needs=WRITES,
    builds_on=[reads],
    requests=bound(3) + SETUP,
    where=Contract.has_head,
)
def heads(check: Check) -> None:
    now = check.now()
    query = check.offers.query(now, now + DAY)

    _expect_each(
        check,
        {
            "HEAD of getOrganization": lambda: check.head("getOrganization"),
            "HEAD of getService": lambda: check.head("getService", service_slug=check.service_slug),
            "HEAD of getAvailability": lambda: check.head("getAvailability", query=query),
        },
    )


@rule(
    "limits.failed_request_counts",
    "Whatever a request is refused for, it is charged",
    needs=WRITES,
    builds_on=[failed_request, creation_counts_twice, reads],
    requests=bound(8) + TAKEN + SETUP,
)
def failures(check: Check) -> None:
    bookings, slot = check.bookings, taken(check)
    spare, operation = check.offers.spare_slot(), check.contract.operations["createBooking"]
    past = bookings.body(spare, starts_at=instant(0), ends_at=instant(spare.end - spare.start))

    def sent(media_type: str, content: bytes) -> Answer:
        headers = {"Content-Type": media_type}
        return check.send("POST", operation.path, operation=operation.id, headers=headers, content=content)

    acts: dict[str, Act] = {"a question without `from` (400)": lambda: check.call("getAvailability")}
    if draws_from_both(check):
        acts |= {
            "a creation for a taken slot (409)": lambda: bookings.create(bookings.body(slot)),
            "a creation of nothing (400)": lambda: check.call("createBooking", body=_nothing(check)),
            "a creation for nobody (404)": lambda: bookings.create(bookings.body(spare, service=check.fakes.slug())),
            "a creation in the past (422)": lambda: bookings.create(past),
            "a creation that is no JSON (400)": lambda: sent("application/json", b"{"),
            "a creation in plain text (415)": lambda: sent("text/plain", b"{}"),
            "a creation that is too long (413)": lambda: sent("application/json", b" " * _too_long(check)),
        }
    _expect_each(check, acts, units=_of_failures(check))


@rule(
    "limits.creation",
    "Each creation takes one of those that a public key has, whatever becomes of it",
    needs=WRITES,
    builds_on=[creation, failed_request, replay_counts, reads],
    requests=8 + TAKEN + SETUP,
    waits=MINUTE,
)
def creations(check: Check) -> None:
    """In a row: what is charged late shows with the next one."""
    bookings, limits, slot = check.bookings, check.limits, taken(check)
    policy, spare = limits.policy("creation"), check.offers.free_slot()
    body, key = bookings.body(spare), check.fakes.idempotency_key()
    acts: dict[str, Callable[[], Answer]] = {
        "a creation of nothing": lambda: check.call("createBooking", body=_nothing(check)),
        "a creation": lambda: bookings.create(body, idempotency_key=key),
        "a replay": lambda: bookings.create(body, idempotency_key=key),
        "a taken slot": lambda: bookings.create(bookings.body(slot)),
        "nobody's service": lambda: bookings.create(bookings.body(spare, service=check.fakes.slug())),
        "another body": lambda: bookings.create({**body, "notes": "Changed"}, idempotency_key=key),
        "nothing again": lambda: check.call("createBooking", body=_nothing(check)),
    }
    rule, free, replays = check.contract.rule, set[str](), {"a replay"}
    if "idempotency_key_reused" not in check.contract.refusals:  # the first answer comes, whatever the body
        replays |= {"another body"}
    if not rule("limits.replay_counts"):
        free |= replays
    if not rule("limits.failed_request_counts"):
        free |= acts.keys() - {"a creation"} - replays
    limits.rest(policy, check.request("createBooking"))
    answers = {what: act() for what, act in islice(acts.items(), policy.limit)}
    for (what, before), (following, after) in pairwise(answers.items()):
        if {limits.told(before, "limit"), limits.told(after, "limit")} != {policy.limit}:
            raise NotRunError("the headers tell of another limit")
        took = limits.read(before, "remaining") - limits.read(after, "remaining")
        back = ceil(limits.back(policy, [before, after]))
        units = int(following not in free)
        if not units - back <= took <= units:
            told = f"took {took} of it from {what} to {following}"
            raise Broken(f"{units} of {policy.name} to be taken for {following}", told, after)


@rule(
    "limits.failed_request_counts",
    "Who asks for another organization is charged for it",
    needs=READS | {Need.OTHER_ORGANIZATION},
    builds_on=[failed_request, foreign_organization, reads],
    requests=bound(1) + SETUP,
)
def foreigners(check: Check) -> None:
    slug = str(check.credentials.other_organization)
    acts: dict[str, Act] = {"another's organization (403)": lambda: check.call("getOrganization", org_slug=slug)}
    _expect_each(check, acts, units=_of_failures(check))


@rule(
    "auth.order",
    "What is answered before the limits takes nothing of them",
    needs=WRITES,
    builds_on=[reads],
    requests=bound(3) + SETUP,
)
def before_the_limits(check: Check) -> None:
    path = check.contract.operations["getAvailability"].path
    acts: dict[str, Act] = {
        "OPTIONS": lambda: check.send("OPTIONS", path),
        "an unknown path (404)": lambda: check.send("GET", f"{path}/nothing"),
        "a method that there is not (405)": lambda: check.send("PUT", path),
    }
    _expect_each(check, acts, units=0)


@rule(
    "limits.platform_minute",
    "Each list takes one of the requests that a platform key has in a minute",
    needs=PLATFORM,
    requests=bound(2) + NARROWING,
)
def lists(check: Check) -> None:
    acts: dict[str, Act] = {
        "listBookings": lambda: check.call("listBookings"),
        "listBookings of one": lambda: check.call("listBookings", query={"limit": 1}),
    }
    _expect_each(check, acts, PLATFORM_MINUTE, lambda: check.call("listBookings"))


@rule(
    "limits.platform_minute",
    "HEAD of a list takes as much of the limit as GET",
    needs=PLATFORM | {Need.WRITES},
    builds_on=[lists, heads],
    requests=bound(1) + NARROWING,
    where=Contract.has_head,
)
def heads_of_lists(check: Check) -> None:
    acts: dict[str, Act] = {"HEAD of listBookings": lambda: check.head("listBookings")}
    _expect_each(check, acts, PLATFORM_MINUTE, lambda: check.call("listBookings"))


@rule(
    "limits.failed_request_counts",
    "A list that is refused is charged",
    needs=PLATFORM,
    builds_on=[lists, failed_request],
    requests=bound(2) + NARROWING,
)
def refused_lists(check: Check) -> None:
    acts: dict[str, Act] = {
        "a list from no moment (400)": lambda: check.call("listBookings", query={"from": "nothing"}),
        "a list of another organization (403)": lambda: check.call(
            "listBookings", headers={check.contract.organization_header: check.fakes.slug()}
        ),
    }
    _expect_each(check, acts, PLATFORM_MINUTE, lambda: check.call("listBookings"), _of_failures(check))


@rule(
    "limits.self_service",
    "Each self-service request takes one of those that a client has",
    needs=WRITES,
    builds_on=[cancel_body, heads],
    requests=bound(5) + 4 * BOOKED,
)
def self_service(check: Check) -> None:
    bookings, booking = check.bookings, check.bookings.shared()
    moving, *to_cancel = (bookings.book() for _ in range(3))
    canceled, places = iter(to_cancel), cycle((check.offers.free_slot(), moving.slot))
    query = {"contact": booking.contact, "from": instant(booking.slot.start), "to": instant(booking.slot.end)}
    acts: dict[str, Act] = {
        "lookupBooking": lambda: bookings.lookup(booking),
        "HEAD of lookupBooking": lambda: check.head(
            "lookupBooking", query={"contact": booking.contact}, confirmation_number=booking.number
        ),
        "rescheduleBooking": lambda: check.need_served(bookings.reschedule(moving, next(places))),
        "getRescheduleAvailability": lambda: check.call(
            "getRescheduleAvailability", query=query, confirmation_number=booking.number
        ),
        "cancelBooking": lambda: bookings.cancel(next(canceled, to_cancel[-1])),
    }
    if not check.has_head:
        del acts["HEAD of lookupBooking"]
    _expect_each(check, acts, SELF_SERVICE, lambda: bookings.lookup(booking))
    bookings.put_back(moving)
    for one in to_cancel:
        check.offers.release(one.slot)


@rule(
    "limits.failed_request_counts",
    "Self-service that is refused is charged",
    needs=WRITES,
    builds_on=[self_service, failed_request],
    requests=bound(6) + 2 * BOOKED,
)
def refused_self_service(check: Check) -> None:
    bookings, booking, canceled = check.bookings, check.bookings.shared(), check.bookings.book()
    bookings.put_back(canceled)
    number = check.fakes.confirmation_number()
    acts: dict[str, Act] = {
        "a lookup without contact (400)": lambda: check.call("lookupBooking", confirmation_number=booking.number),
        "a wrong contact (403)": lambda: bookings.lookup(canceled, check.fakes.email()),
        "a booking of nobody (404)": lambda: bookings.lookup(booking, number=number),
        "a second cancellation (422)": lambda: bookings.cancel(canceled),
        "a move of what is canceled (422)": lambda: bookings.reschedule(canceled, canceled.slot),
        "a move without an end (400)": lambda: bookings.reschedule(canceled, canceled.slot, end_at=None),
    }
    _expect_each(check, acts, SELF_SERVICE, lambda: bookings.lookup(booking), _of_failures(check))


def _expect_each(
    check: Check, acts: dict[str, Act], name: str = GENERAL, look: Look | None = None, units: int = 1
) -> None:
    """But for what the looks at what is left take beyond one unit each, which is found with the first act."""
    own = check.charges.settled(0, lambda: None, name=name, look=look)
    for what, act in acts.items():
        took = check.charges.settled(units + own, act, name=name, look=look) - own
        if own or took != units:
            seen = took if took != units else units + own
            raise Broken(f"{units} of {name} to be taken for {what}", f"took {seen} of {name} for {what}")


def _of_failures(check: Check) -> int:
    """Units that a request takes which is refused for what it asks."""
    return int(check.contract.rule("limits.failed_request_counts"))


def _nothing(check: Check) -> dict[str, str]:
    return {"org_slug": str(check.credentials.organization)}


def _too_long(check: Check) -> int:
    return 4 * int(check.contract.rule("http.max_body_bytes"))

"""What each operation takes of its limit, with each method and each outcome: one unit, and nothing of nobody's."""

from collections.abc import Callable

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP, TAKEN
from contracts.harness.fixtures import taken
from contracts.harness.limits import GENERAL
from contracts.harness.settings import DAY
from contracts.outcome import Broken, NotRunError
from contracts.rules.limits.charges import failed_request
from contracts.rules.rule import PLATFORM, WRITES, rule

LOOKS = 4  # at what is left, before and after, and once more before it is believed
Act = Callable[[], object]


@rule(
    "limits.public_general",
    "Each read takes one of the requests that a public key has",
    requests=4 * LOOKS + 8 + SETUP,
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
    requests=3 * LOOKS + 6 + SETUP,
)
def heads(check: Check) -> None:
    now = check.now()
    query = check.offers.query(now, now + DAY)

    def asked(operation: str, **how: object) -> Callable[[], Answer]:
        request = check.request(operation, **how)  # type: ignore[arg-type]
        path = request.url.removeprefix(check.credentials.url.rstrip("/"))
        return lambda: check.send("HEAD", path, operation=operation)

    _expect_each(
        check,
        {
            "HEAD of getOrganization": asked("getOrganization"),
            "HEAD of getService": asked("getService", service_slug=check.service_slug),
            "HEAD of getAvailability": asked("getAvailability", query=query),
        },
    )


@rule(
    "limits.failed_request_counts",
    "Whatever a request is refused for, it is charged",
    needs=WRITES,
    builds_on=[failed_request, reads],
    requests=4 * LOOKS + 8 + TAKEN + SETUP,
)
def failures(check: Check) -> None:
    bookings, slot = check.bookings, taken(check)
    spare = check.offers.spare_slot()
    _expect_each(
        check,
        {
            "a question without `from` (400)": lambda: check.call("getAvailability"),
            "a creation for a taken slot (409)": lambda: bookings.create(bookings.body(slot)),
            "a creation of nothing (400)": lambda: check.call("createBooking", body=_nothing(check)),
            "a creation for nobody (404)": lambda: bookings.create(bookings.body(spare, service=check.fakes.slug())),
        },
    )


@rule(
    "limits.platform_minute",
    "Each list takes one of the requests that a platform key has in a minute",
    needs=PLATFORM,
    requests=2 * LOOKS + 4,
)
def lists(check: Check) -> None:
    acts: dict[str, Act] = {
        "listBookings": lambda: check.call("listBookings"),
        "listBookings of one": lambda: check.call("listBookings", query={"limit": 1}),
    }
    _expect_each(check, acts, "platform-minute", lambda: check.call("listBookings"))


@rule(
    "limits.self_service",
    "Each self-service request takes one of those that a client has",
    needs=WRITES,
    requests=2 * LOOKS + 4 + 2 * BOOKED,
)
def self_service(check: Check) -> None:
    bookings, booking = check.bookings, check.bookings.shared()
    moving = bookings.book()
    check.limits.rest(check.limits.policy("self-service"), check.limits.lookup(booking.number))
    acts: dict[str, Act] = {
        "lookupBooking": lambda: bookings.lookup(booking),
        "rescheduleBooking": lambda: bookings.reschedule(moving, moving.slot),
    }
    _expect_each(check, acts, "self-service", lambda: bookings.lookup(booking))
    bookings.put_back(moving)


def _expect_each(
    check: Check, acts: dict[str, Act], name: str = GENERAL, look: Callable[[], Answer] | None = None
) -> None:
    """Measured again before it is believed that one costs more or less."""
    own = check.limits.taken(lambda: None, name=name, look=look)
    for what, act in acts.items():
        units = check.limits.taken(act, name=name, look=look) - own
        cost = 1 + own
        if own == 0 and units == 1:
            continue
        again = check.limits.taken(act, name=name, look=look) - own
        if again != units and not check.limits.alone:
            raise NotRunError("somebody else draws from the limit at the same time")
        seen = units if units != 1 else cost
        raise Broken(f"1 of {name} to be taken for {what}", f"took {seen} of {name} for {what}")


def _nothing(check: Check) -> dict[str, str]:
    return {"org_slug": str(check.credentials.organization)}

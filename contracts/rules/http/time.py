"""Moments and time zones: which forms are taken, and what they mean."""

from contracts.exchange import Answer, member
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import DAY, MINUTE
from contracts.harness.slots import Slot, instant, local, seconds
from contracts.observe.http import MOMENTS
from contracts.outcome import NotRunError
from contracts.rules.availability.availability import served
from contracts.rules.bookings.bookings import create
from contracts.rules.http.errors import missing_field
from contracts.rules.rule import WRITES, rule, watch

NO_INSTANTS = ("2030-01-01", "2030-01-01T09:00:00", "1893456000", "01/01/2030 09:00")
NO_ZONES = ("Nowhere/Special", "New York", "+02:00")
ZONES = ("Asia/Kolkata", "America/Argentina/Buenos_Aires", "UTC")


answers = watch("time.answers", "Times in answers are as fine as the contract says", MOMENTS, follows=[served, create])


@rule(
    "time.instant",
    "A moment is a date, a time and an offset; what lacks one of them is refused",
    builds_on=[missing_field],
    requests=2 * len(NO_INSTANTS) + 2 + SETUP,
)
def instant_form(check: Check) -> None:
    for text in NO_INSTANTS:
        _expect_refused(check, text, "2029-12-31T12:00:00Z", "2030-01-02T00:00:00Z")
    _expect_refused(check, "2030-02-30T09:00:00Z", "2030-02-28T12:00:00Z", "2030-03-03T00:00:00Z")


@rule(
    "time.years",
    "Moments lie in the years that the API knows",
    builds_on=[missing_field],
    requests=4 + SETUP,
)
def years(check: Check) -> None:
    stated = check.contract.rule("time.years")
    first, last = stated["first"], stated["last"]
    for year in first - 1, last + 1:
        answer = _searched(check, f"{year:04}-12-30T00:00:00Z", f"{year:04}-12-31T00:00:00Z")
        check.expect_refusal(answer, f"the year {year} to be refused")
    for begin, end in (
        (f"{first:04}-01-01T00:00:00Z", f"{first:04}-01-01T01:00:00Z"),
        (f"{last:04}-12-31T22:00:00Z", f"{last:04}-12-31T23:00:00Z"),
    ):
        check.expect_served(_searched(check, begin, end))


@rule("time.leap_second", "A leap second is refused", builds_on=[missing_field], requests=1 + SETUP)
def leap_second(check: Check) -> None:
    answer = _searched(check, "2016-12-31T23:59:60Z", "2017-01-01T12:00:00Z")
    check.expect_refusal(answer, "a leap second to be refused")


@rule(
    "time.zone",
    "A time zone is a name of the IANA database",
    needs=WRITES,
    builds_on=[missing_field],
    requests=len(ZONES) + len(NO_ZONES) + 1 + SETUP,
)
def zone(check: Check) -> None:
    now = check.now()
    for name in ZONES:
        query = check.offers.query(now, now + DAY, timezone=name)
        check.expect_served(check.call("getAvailability", query=query))
    for name in NO_ZONES:
        query = check.offers.query(now, now + DAY, timezone=name)
        answer = check.call("getAvailability", query=query)
        check.expect_refusal(answer, f"timezone={name} to be refused")
    answer = check.bookings.create(check.bookings.body(check.offers.spare_slot(), timezone=NO_ZONES[0]))
    check.expect_refusal(answer, f"the timezone {NO_ZONES[0]} to be refused")


@rule(
    "time.fraction",
    "A fraction of a second is cut off",
    builds_on=[missing_field],
    requests=4 + SETUP,
)
def fraction(check: Check) -> None:
    """A slot starts in whole seconds, so it shows on which side of it a search begins or ends."""
    slot = check.offers.spare_slot()
    second, later = instant(slot.start), instant(slot.start + MINUTE)
    earlier, cut = instant(slot.start - 1), second.replace("Z", ".999Z")
    if not _offers(_searched(check, second, later), slot) or _offers(_searched(check, earlier, second), slot):
        raise NotRunError("a search does not begin and end at the second that it is asked for")
    answer = check.expect_served(_searched(check, cut, later))
    check.expect(_offers(answer, slot), f"a search from {cut} to begin at {second}", str(answer), answer)
    answer = check.expect_served(_searched(check, earlier, cut))
    check.expect(not _offers(answer, slot), f"a search to {cut} to end at {second}", str(answer), answer)


@rule(
    "time.offset",
    "A moment with an offset is the same moment in UTC",
    needs=WRITES,
    builds_on=[missing_field, create],
    requests=6 + SETUP,
)
def offset(check: Check) -> None:
    """East and west of Greenwich: an offset that is overlooked makes a range too long for the one, and none for the
    other."""
    slot = check.offers.free_slot()
    begin, end = slot.start, slot.start + 1
    if not _offers(_searched(check, instant(begin), instant(end)), slot):
        raise NotRunError("a slot is not offered any more")
    for minutes in 330, -480:
        for first, last in (local(begin, minutes), instant(end)), (instant(begin), local(end, minutes)):
            answer = _searched(check, first, last)
            alone = answer.status < 400 and _offers(answer, slot) and _starts(answer) == {begin}
            check.expect(alone, f"the slots at {instant(begin)} for from={first} and to={last}", str(answer), answer)
    body = check.bookings.body(slot, starts_at=local(slot.start, 330), ends_at=local(slot.end, -480))
    answer = check.bookings.create(body)
    if answer.status == check.contract.errors["slot_not_offered"].status:
        raise NotRunError("a slot is not offered any more")
    check.expect(answer.status < 400, f"starts_at={body['starts_at']} to be taken", str(answer), answer)
    check.expect_moment(answer, slot.start, "booking", "start_at")


def _searched(check: Check, begin: str, end: str) -> Answer:
    return check.call("getAvailability", query={**check.offers.query(0, 0), "from": begin, "to": end})


def _expect_refused(check: Check, text: str, before: str, after: str) -> None:
    """As either end of a range, whose other end would do."""
    for name, begin, end in ("from", text, after), ("to", before, text):
        answer = _searched(check, begin, end)
        check.expect_refusal(answer, f"{name}={text} to be refused")


def _offers(answer: Answer, slot: Slot) -> bool:
    """Whether the slot is in an answer of getAvailability. Raises NotRunError for any other answer."""
    offered = answer.member("slots")
    if not isinstance(offered, list):
        raise NotRunError(f"getAvailability {answer}")
    wanted = (slot.offered["startsAt"], slot.host)
    return any((member(one, "startsAt"), member(one, "hostId")) == wanted for one in offered)


def _starts(answer: Answer) -> set[int]:
    return {seconds(str(member(one, "startsAt"))) for one in answer.member("slots")}

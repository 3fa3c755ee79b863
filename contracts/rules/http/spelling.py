"""Where the documentation spells one thing in several ways, each spelling is right in its own place alone."""

from collections.abc import Mapping
from typing import Any

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import DAY
from contracts.outcome import NotRunError
from contracts.rules.bookings.bookings import create
from contracts.rules.http.errors import detail_of, mentions, missing_field
from contracts.rules.rule import WRITES, rule
from contracts.spec.document import follow

HUGE = 1_000_000  # seats that no slot has


@rule(
    "spelling.field.start",
    "A booking starts at `starts_at` when it is made, at `start_at` when it is moved, and at nothing else",
    needs=WRITES,
    builds_on=[missing_field, create],
    requests=11 + SETUP,
)
def start(check: Check) -> None:
    _creations_refused(check, "start")
    _reschedulings_refused(check, "start")


@rule(
    "spelling.field.end",
    "A booking ends at `ends_at` when it is made, at `end_at` when it is moved, and at nothing else",
    needs=WRITES,
    builds_on=[missing_field, create],
    requests=11 + SETUP,
)
def end(check: Check) -> None:
    _creations_refused(check, "end")
    _reschedulings_refused(check, "end")


@rule(
    "spelling.field.organization",
    "Requests name the organization as `org_slug`",
    needs=WRITES,
    builds_on=[missing_field, create],
    requests=2 + SETUP,
)
def organization(check: Check) -> None:
    _searches_refused(check, "organization")
    _creations_refused(check, "organization")


@rule(
    "spelling.field.service",
    "Requests name the service as `service_slug`",
    needs=WRITES,
    builds_on=[missing_field, create],
    requests=4 + SETUP,
)
def service(check: Check) -> None:
    _searches_refused(check, "service")
    _creations_refused(check, "service")


@rule(
    "spelling.field.party_size",
    "Seats are `partySize` in a search and `party_size` in a booking",
    needs=WRITES,
    builds_on=[create],
    requests=4 + SETUP,
)
def party_size(check: Check) -> None:
    slot = check.offers.spare_slot()
    for wrong in _others(check, "party_size", "getAvailability"):
        query = {**check.offers.query(slot.start, slot.end), wrong: HUGE}
        answer = check.call("getAvailability", query=query)
        taken = answer.status < 300 and not answer.member("slots") and check.offers.slots(slot.start, slot.end)
        check.expect(not taken, f"`{wrong}` not to be taken for partySize", str(answer), answer)
    for wrong in _others(check, "party_size", "createBooking"):
        _expect_ignored(check, wrong, HUGE, "party_too_large")


@rule(
    "spelling.field.host",
    "A booking asks for its host as `host_id`",
    needs=WRITES,
    builds_on=[create],
    requests=3 + SETUP,
)
def host(check: Check) -> None:
    for wrong in _others(check, "host", "createBooking"):
        _expect_ignored(check, wrong, check.fakes.slug(), "unknown_host")


@rule(
    "spelling.field.team",
    "A booking asks for its team as `team_id`",
    needs=WRITES,
    builds_on=[create],
    requests=3 + SETUP,
)
def team(check: Check) -> None:
    for wrong in _others(check, "team", "createBooking"):
        _expect_ignored(check, wrong, check.fakes.slug(), "unknown_team")


@rule(
    "errors.400.misspelled_field",
    "Who uses another place's spelling is told the right one",
    builds_on=[missing_field],
    requests=1 + SETUP,
)
def hint(check: Check) -> None:
    right = _right(check, "organization", "getAvailability")
    wrong = _others(check, "organization", "getAvailability")[0]
    answer = check.call("getAvailability", query=_renamed(_search(check), right, wrong))
    detail = detail_of(answer)
    told = mentions(detail, right) and mentions(detail, wrong)
    check.expect(
        told, f"a detail that names {wrong}, which was found, and {right}, which is wanted", str(answer), answer
    )


def _creations_refused(check: Check, group: str) -> None:
    right = _right(check, group, "createBooking")
    for wrong in _others(check, group, "createBooking"):
        body = check.bookings.body(check.offers.spare_slot())
        _expect_not_taken(check, group, right, wrong, check.bookings.create(_renamed(body, right, wrong)))


def _searches_refused(check: Check, group: str) -> None:
    right = _right(check, group, "getAvailability")
    for wrong in _others(check, group, "getAvailability"):
        answer = check.call("getAvailability", query=_renamed(_search(check), right, wrong))
        _expect_not_taken(check, group, right, wrong, answer)


def _reschedulings_refused(check: Check, group: str) -> None:
    right = _right(check, group, "rescheduleBooking")
    booking, slot = check.bookings.book(), check.offers.spare_slot()
    times = {"start_at": slot.offered["startsAt"], "end_at": slot.offered["endsAt"]}
    for wrong in _others(check, group, "rescheduleBooking"):
        answer = check.bookings.reschedule(booking, slot, **{right: None, wrong: times[right]})
        _expect_not_taken(check, group, right, wrong, answer)


def _expect_not_taken(check: Check, group: str, right: str, wrong: str, answer: Answer) -> None:
    """Refused; and where the error names spellings of this field, the right one is among them."""
    check.expect_refusal(answer, f"`{wrong}` not to be taken for {right}")
    detail = str(answer.member("detail"))
    misled = any(mentions(detail, name) for name in _spellings(check, group) if name not in {right, wrong})
    told = f"no other spelling to be advised than {right}"
    check.expect(not misled or mentions(detail, right), told, str(answer), answer)


def _expect_ignored(check: Check, wrong: str, value: object, cause: str) -> None:
    """A member that createBooking does not know says nothing, even where it could not be granted."""
    body = check.bookings.body(check.offers.free_slot(), host_id=None)
    schema = check.contract.operations["createBooking"].body
    if schema is not None and not schema.is_valid({**body, wrong: value}):
        return  # refused, as any member that nobody knows
    answer = check.bookings.create({**body, wrong: value})
    if answer.status == check.contract.errors[cause].status:
        unknown = check.bookings.create({**body, "kordkit_check": value})
        if unknown.status == answer.status:
            raise NotRunError("a member that nobody knows at all is refused in the same way")
        if unknown.status >= 300:
            check.need_served(check.bookings.create(body))
        check.expect(False, f"`{wrong}` not to be taken for another field of createBooking", str(answer), answer)


def _spellings(check: Check, group: str) -> list[str]:
    return list(check.contract.rule(f"spelling.field.{group}"))


def _right(check: Check, group: str, operation_id: str) -> str:
    """The spelling that the operation declares for its query or body."""
    operation, document = check.contract.operations[operation_id], check.contract.document
    declared = set(operation.query.schema["properties"])
    if operation.body is not None:
        declared |= set(follow(document, operation.body.schema)["properties"])
    found = [name for name in _spellings(check, group) if name in declared]
    if not found:
        raise NotRunError(f"{operation_id} has no field among {', '.join(_spellings(check, group))}")
    return found[0]


def _others(check: Check, group: str, operation_id: str) -> list[str]:
    """The spellings that are another place's."""
    right = _right(check, group, operation_id)
    return [name for name in _spellings(check, group) if name != right]


def _renamed(fields: Mapping[str, Any], right: str, wrong: str) -> dict[str, Any]:
    return {wrong if name == right else name: value for name, value in fields.items()}


def _search(check: Check) -> dict[str, Any]:
    now = check.now()
    return check.offers.query(now, now + DAY)

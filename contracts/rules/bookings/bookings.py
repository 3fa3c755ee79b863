"""Making a booking: what a creation answers, and what its body must and may hold."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from contracts.exchange import Request, member
from contracts.harness import ics
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.outcome import Broken, NotRunError
from contracts.rules.availability.availability import slot_end
from contracts.rules.bookings.creating import (
    ACCEPTED,
    OPTIONAL,
    REFUSED,
    accepted,
    creation,
    expect_accepted,
    judged,
    refused,
    sent,
)
from contracts.rules.rule import WRITES, rule


@rule(
    "operations.createBooking",
    "An offered slot can be booked",
    needs=WRITES,
    builds_on=[slot_end],
    requests=2 * BOOKED,
)
def create(check: Check) -> None:
    answer = creation(check).answer
    check.expect(answer.status < 300, "an offered slot to be booked", str(answer), answer)


@rule(
    "bookings.created_status",
    "A booking that was made is answered as created",
    needs=WRITES,
    builds_on=[create],
    requests=BOOKED,
)
def created_status(check: Check) -> None:
    check.expect_status(creation(check).answer, int(check.contract.rule("bookings.created_status")))


@rule(
    "bookings.create_answer",
    "The booking that was made is the one that was asked for",
    needs=WRITES,
    builds_on=[create],
    requests=BOOKED,
)
def create_answer(check: Check) -> None:
    made = creation(check)
    invite = made.answer.member("calendar_invite", "ics_url")
    check.expect(isinstance(invite, str), "a booking and a calendar_invite", str(made.answer), made.answer)
    for name, moment in (("start_at", made.slot.start), ("end_at", made.slot.end)):
        check.expect_moment(made.answer, moment, "booking", name)


@rule(
    "bookings.number_is_upper_id",
    "The confirmation number is the booking's id in upper case",
    needs=WRITES,
    builds_on=[create],
    requests=BOOKED,
)
def number_is_upper_id(check: Check) -> None:
    answer = creation(check).answer
    identity, number = answer.member("booking", "id"), answer.member("booking", "confirmation_number")
    if not isinstance(identity, str) or not isinstance(number, str):
        raise NotRunError("the booking has no id, or no confirmation number")
    if number.upper() != identity.upper():  # whether it is in upper case, its schema says
        check.expect_member(answer, identity.upper(), "booking", "confirmation_number")


@rule(
    "bookings.summary_fields",
    "A booking is told with the names and the place of its service",
    needs=WRITES,
    builds_on=[create],
    requests=BOOKED,
)
def summary_fields(check: Check) -> None:
    answer = creation(check).answer
    details, organization = (
        check.settings.details,
        member(check.catalogue.organization(), "organization"),
    )
    check.expect_member(answer, member(details, "service", "name"), "booking", "service_name")
    check.expect_member(answer, member(organization, "name"), "booking", "organization_name")
    for part in ("type", "value"):
        place = member(details, "calendarSettings", "location", part)
        check.expect_member(answer, place, "booking", "location", part)


@rule(
    "bookings.ics",
    "The calendar invite is an iCalendar file of the booking",
    needs=WRITES,
    builds_on=[create],
    requests=1 + BOOKED,
)
def calendar_invite(check: Check) -> None:
    made = creation(check)
    url = str(made.answer.member("calendar_invite", "ics_url"))
    if _origin(url) != _origin(check.credentials.url):
        raise NotRunError(f"ics_url leads to {_origin(url)}, a server that was not named")
    answer = check.target.send(Request("GET", url))
    check.expect(answer.status == 200, "ics_url to lead to a file", str(answer), answer)
    try:
        start = ics.event(answer.body).get("DTSTART", "")
    except ValueError as error:
        raise Broken("ics_url to lead to an iCalendar file", f"gave a file {error}", answer) from None
    if start.endswith("Z"):  # else it is in local time
        expected = datetime.fromtimestamp(made.slot.start, UTC).strftime("%Y%m%dT%H%M%SZ")
        check.expect(start == expected, f"DTSTART:{expected}", f"gave a file with DTSTART:{start}", answer)


@rule(
    "bookings.ics_host",
    "The calendar invite is where the contract says",
    needs=WRITES,
    builds_on=[create],
    requests=BOOKED,
)
def invite_host(check: Check) -> None:
    made, stated = creation(check), check.contract.rule("bookings.ics_host")
    found = _origin(str(made.answer.member("calendar_invite", "ics_url")))
    expected = _origin(check.credentials.url) if stated == "own" else stated
    check.expect(found == expected, f"an ics_url at {expected}", f"gave one at {found}", made.answer)


@rule(
    "bookings.create_body",
    "What a creation may hold beside what it must can be left out",
    needs=WRITES,
    builds_on=[create],
    requests=2 * ACCEPTED,
)
def optional_members(check: Check) -> None:
    """With a whole contact: what one must have is another rule's business."""
    accepted(check, "a creation with nothing but the required members", host_id=None)
    accepted(check, "a creation with host_id and notes beside these", **OPTIONAL)


@rule(
    "bookings.create_body",
    "What a creation requires cannot be left out",
    needs=WRITES,
    builds_on=[optional_members],
    requests=6 * REFUSED + SETUP,
)
def required_members(check: Check) -> None:
    for name in _stated(check, "CreateBooking", "required"):
        refused(check, f"a creation without {name}", **{name: None})


@rule(
    "bookings.contact_required",
    "A contact has a name, and an email or a phone",
    needs=WRITES,
    builds_on=[optional_members],
    requests=4 * ACCEPTED,
)
def contact_required(check: Check) -> None:
    fakes = check.fakes
    name, email, phone = fakes.name(), fakes.email(), fakes.phone()
    judged(check, "a contact without a name", contact={"email": email, "phone": phone})
    judged(check, "a contact with neither email nor phone", contact={"name": name})
    judged(check, "a contact with an email and no phone", contact={"name": name, "email": email})
    judged(check, "a contact with a phone and no email", contact={"name": name, "phone": phone})


@rule(
    "bookings.email_form",
    "An email has the form of an address",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 * REFUSED + ACCEPTED,
)
def email_form(check: Check) -> None:
    name, phone, email = check.fakes.name(), check.fakes.phone(), check.fakes.email()
    for wrong in (email.replace("@", "."), email + "@"):
        refused(check, f"the email {wrong}", contact={"name": name, "phone": phone, "email": wrong})
    tagged = email.replace("@", ".o'neil+tag@")
    accepted(check, f"the email {tagged}", contact={"name": name, "phone": phone, "email": tagged})


@rule(
    "bookings.phone_form",
    "A phone begins with + and a country code",
    needs=WRITES,
    builds_on=[optional_members],
    requests=4 * ACCEPTED,
)
def phone_form(check: Check) -> None:
    name, email = check.fakes.name(), check.fakes.email()
    for phone in ("5550100123", "+05550100123", "+1234567890123456", "+155501001234567"):
        judged(check, f"the phone {phone}", contact={"name": name, "email": email, "phone": phone})


@rule(
    "bookings.party_size_minimum",
    "A party has so many people at least",
    needs=WRITES,
    builds_on=[optional_members],
    requests=REFUSED + SETUP,
)
def party_size_minimum(check: Check) -> None:
    too_few = _stated(check, "CreateBooking", "properties", "party_size", "minimum") - 1
    refused(check, f"a party_size of {too_few}", party_size=too_few)


@rule(
    "bookings.notes_length",
    "Notes may be so long, and no longer",
    needs=WRITES,
    builds_on=[optional_members],
    requests=REFUSED + ACCEPTED,
)
def notes_length(check: Check) -> None:
    most = _stated(check, "Notes", "maxLength")
    refused(check, f"notes of {most + 1} characters", notes="n" * (most + 1))
    accepted(check, f"notes of {most} characters", notes="ñ" * most)


@rule(
    "bookings.null_members",
    "Null for an optional member counts as absent",
    needs=WRITES,
    builds_on=[optional_members, contact_required],
    requests=ACCEPTED,
)
def null_members(check: Check) -> None:
    body = check.contract.operations["createBooking"].body
    assert body is not None  # the contract would not have been read
    contact: dict[str, str | None] = {"name": check.fakes.name(), "email": check.fakes.email()}
    nulls = dict.fromkeys(sorted(body.members.declared.keys() - body.members.required))
    what = "a creation with null for each optional member"
    spare = check.bookings.body(check.offers.spare_slot(), contact=contact)
    contact["phone"] = None if body.is_valid(spare) else check.fakes.phone()  # one that is required is none of them
    spare |= {"contact": contact, **nulls}
    if body.is_valid(spare):
        made = sent(check, lambda slot: {**check.bookings.body(slot, contact=contact), **nulls})
        expect_accepted(check, what, made)
    else:
        answer = check.bookings.create_unkeyed(spare)
        check.expect_refusal(answer, f"{what} to be refused")


@rule(
    "bookings.unknown_members",
    "Members that a creation does not know are passed over",
    needs=WRITES,
    builds_on=[optional_members],
    requests=ACCEPTED,
)
def unknown_members(check: Check) -> None:
    judged(check, "a creation with a member that nobody knows", kordkit_check="unknown")


def _stated(check: Check, *path: str) -> Any:
    """In a schema of the contract."""
    found = member(check.contract.document, "components", "schemas", *path)
    if found is None:
        raise NotRunError(f"the contract does not state {'.'.join(path)}")
    return found


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotRunError(f"{url} is no URL") from None
    return f"{parts.scheme}://{parts.netloc}"

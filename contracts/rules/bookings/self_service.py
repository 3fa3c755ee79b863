"""Who may look a booking up, by its number and contact, and what is told of it."""

from urllib.parse import quote

from contracts.exchange import Answer, member
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED
from contracts.rules.rule import WRITES, rule


@rule("operations.lookupBooking", "A booking can be looked up", needs=WRITES, requests=1 + BOOKED)
def lookup(check: Check) -> None:
    booking = check.bookings.shared()
    answer = check.expect_served(check.bookings.lookup(booking))
    check.expect_member(answer, booking.id, "booking", "id")


@rule(
    "bookings.fields",
    "A booking is told as it was made",
    needs=WRITES,
    builds_on=[lookup],
    requests=1 + BOOKED,
)
def fields(check: Check) -> None:
    booking = check.bookings.shared()
    answer = check.need_served(check.bookings.lookup(booking))
    for name, value in {
        "organization_slug": booking.body["org_slug"],
        "service_slug": booking.service,
        "timezone": booking.body["timezone"],
    }.items():
        if answer.member("booking", name):  # what is missing or empty, its schema will say
            check.expect_member(answer, value, "booking", name)
    check.expect_moment(answer, booking.slot.start, "booking", "start_at")
    check.expect_moment(answer, booking.slot.end, "booking", "end_at")


@rule(
    "bookings.contact_fields",
    "A booking has the contact that it was made with",
    needs=WRITES,
    builds_on=[lookup],
    requests=1 + BOOKED,
)
def contact_fields(check: Check) -> None:
    booking = check.bookings.shared()
    answer = check.need_served(check.bookings.lookup(booking))
    for name in ("name", "email", "phone"):
        check.expect_member(answer, booking.body["contact"][name], "booking", "contact", name)


@rule(
    "spelling.service_id",
    "A booking's service_id is the service's key",
    needs=WRITES,
    builds_on=[lookup],
    requests=1 + BOOKED,
)
def service_id(check: Check) -> None:
    booking = check.bookings.shared()
    answer = check.need_served(check.bookings.lookup(booking))
    check.expect_member(
        answer, member(check.catalogue.service(booking.service), "service", "key"), "booking", "service_id"
    )


@rule(
    "self_service.number_case",
    "A confirmation number is the same in lower case",
    needs=WRITES,
    builds_on=[lookup],
    requests=2 + BOOKED,
)
def number_case(check: Check) -> None:
    booking = check.bookings.shared()
    for number in (booking.number.lower(), booking.number.capitalize()):
        check.expect_served(check.bookings.lookup(booking, number=number))


@rule(
    "self_service.contact_parameter",
    "The contact is the email or the phone of the booking",
    needs=WRITES,
    builds_on=[lookup],
    requests=2 + BOOKED,
)
def contact_parameter(check: Check) -> None:
    booking = check.bookings.shared()
    for contact in (booking.contact, booking.phone):
        check.expect_served(check.bookings.lookup(booking, contact))


@rule(
    "self_service.email_case",
    "An email matches in any case",
    needs=WRITES,
    builds_on=[lookup],
    requests=2 + BOOKED,
)
def email_case(check: Check) -> None:
    booking = check.bookings.shared()
    for contact in (booking.contact.upper(), booking.contact.title()):
        answer = check.bookings.lookup(booking, contact)
        if check.contract.rule("self_service.email_case") == "ignored":
            check.expect_served(answer)
        else:
            check.expect_refused(answer, "contact_mismatch")


@rule(
    "self_service.phone_characters",
    "A phone matches whatever stands between its digits",
    needs=WRITES,
    builds_on=[contact_parameter],
    requests=2 + BOOKED,
)
def phone_characters(check: Check) -> None:
    booking = check.bookings.shared()
    country, area, rest = booking.phone[:2], booking.phone[2:5], booking.phone[5:]
    for contact in (f"{country} ({area}) {rest[:3]}-{rest[3:]}", f"{country}.{area}.{rest}"):
        check.expect_served(check.bookings.lookup(booking, contact))


@rule(
    "self_service.email_raw_plus",
    "An email whose + was not escaped matches",
    needs=WRITES,
    builds_on=[contact_parameter],
    requests=1 + BOOKED,
)
def email_raw_plus(check: Check) -> None:
    local, _, host = check.fakes.email().partition("@")
    email = f"{local}+{check.fakes.choice(('test', 'spring'))}@{host}"
    contact = {"name": check.fakes.name(), "email": email, "phone": check.fakes.phone()}
    booking = check.bookings.book(contact=contact)
    _expect_raw_plus(check, "email", _looked_up_unescaped(check, booking, email))


@rule(
    "self_service.phone_raw_plus",
    "A phone whose + was not escaped matches",
    needs=WRITES,
    builds_on=[contact_parameter],
    requests=1 + BOOKED,
)
def phone_raw_plus(check: Check) -> None:
    booking = check.bookings.shared()
    _expect_raw_plus(check, "phone", _looked_up_unescaped(check, booking, booking.phone))


def _expect_raw_plus(check: Check, kind: str, answer: Answer) -> None:
    if check.contract.rule(f"self_service.{kind}_raw_plus") == "understood":
        check.expect_served(answer)
    else:
        check.expect_refused(answer, "contact_mismatch")


def _looked_up_unescaped(check: Check, booking: Booking, contact: str) -> Answer:
    path = check.contract.operations["lookupBooking"].path
    path = path.replace("{confirmation_number}", quote(booking.number)) + f"?contact={contact}"
    return check.send("GET", path, operation="lookupBooking", key=None)


@rule(
    "errors.400.missing_contact",
    "Nothing is told without a contact",
    needs=WRITES,
    builds_on=[lookup],
    requests=1 + BOOKED,
)
def missing_contact(check: Check) -> None:
    answer = check.call("lookupBooking", confirmation_number=check.bookings.shared().number)
    check.expect_refused(answer, "missing_contact")


@rule(
    "errors.403.contact_mismatch",
    "Nothing is told to who gives another contact",
    needs=WRITES,
    builds_on=[lookup],
    requests=2 + BOOKED,
)
def contact_mismatch(check: Check) -> None:
    booking = check.bookings.shared()
    others_phone = booking.phone[:-1] + str((int(booking.phone[-1]) + 1) % 10)
    for contact in (check.fakes.email(), others_phone):
        check.expect_refused(check.bookings.lookup(booking, contact), "contact_mismatch")

"""Bodies that are taken and should not be, or the other way round."""

from typing import Any

from mockserver.domain.errors import Refused
from mockserver.mutants.altered import Json
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import Change, asked, bodies, lenient, mapped, required, strict
from mockserver.web.api.exchange import Exchange

CREATE = "createBooking"
ADDRESS = "nobody@example.com"
REQUIRED = {"org_slug", "service_slug", "starts_at", "ends_at", "timezone", "contact"}
OPTIONAL = {"party_size", "host_id", "team_id", "notes"}


def _reachable(body: Json) -> Json:
    """Where the contact has neither address nor number, an address is made up."""

    def changed(contact: Any) -> Any:
        alone = isinstance(contact, dict) and not contact.keys() & {"email", "phone"}
        return {**contact, "email": ADDRESS} if alone else contact

    return mapped(changed, "contact")(body)


def _with_contact(member: str, value: str) -> Change:
    """Where the contact has a text of that name, another takes its place."""

    def changed(contact: Any) -> Any:
        given = isinstance(contact, dict) and isinstance(contact.get(member), str)
        return {**contact, member: value} if given else contact

    return mapped(changed, "contact")


def _with_timezone(body: Json) -> Json:
    return {"timezone": "UTC", **body}


def _at_least_one(body: Json) -> Json:
    return mapped(lambda size: max(size, 1) if isinstance(size, int) else size, "party_size")(body)


def _first_notes(body: Json) -> Json:
    return mapped(lambda notes: notes[:2000] if isinstance(notes, str) else notes, "notes")(body)


def _short_notes(body: Json) -> None:
    if len(body.get("notes", "")) > 1000:
        raise Refused("invalid_field", field="notes", problem="must not have more than 1000 characters")


def _with_email(body: Json) -> None:
    if "email" not in body["contact"]:
        raise Refused("missing_field", field="contact.email")


def _none_unknown(body: Json) -> None:
    for name in body.keys() - REQUIRED - OPTIONAL:
        raise Refused("invalid_field", field="body", problem=f"has the unknown member {name}")


def _without_nulls(exchange: Exchange) -> None:
    contact = exchange.body.get("contact")
    for name, value in [*exchange.body.items(), *(contact.items() if isinstance(contact, dict) else ())]:
        if value is None:
            raise Refused("invalid_field", field=name, problem="must not be null")


def _wants_body(exchange: Exchange) -> None:
    if exchange.environ.get("CONTENT_LENGTH") in (None, "", "0"):
        raise Refused("malformed_body")


MUTANTS = (
    Mutant(
        "timezone-optional",
        "bookings.create_body",
        "Who books need not give a time zone.",
        bodies(_with_timezone, CREATE),
    ),
    Mutant(
        "notes-required",
        "bookings.create_body",
        "Who books must leave notes.",
        strict(required("notes"), CREATE),
    ),
    Mutant(
        "party-of-none-booked",
        "bookings.party_size_minimum",
        "A party_size below 1 is taken for 1.",
        bodies(_at_least_one, CREATE),
    ),
    Mutant(
        "long-notes-accepted",
        "bookings.notes_length",
        "Notes may be as long as the body has room for.",
        lenient(_first_notes, CREATE),
    ),
    Mutant(
        "notes-half-as-long",
        "bookings.notes_length",
        "Notes must not have more than 1,000 characters.",
        strict(_short_notes, CREATE),
    ),
    Mutant(
        "contact-by-name-alone",
        "bookings.contact_required",
        "A name is contact enough.",
        lenient(_reachable, CREATE),
    ),
    Mutant(
        "email-required",
        "bookings.contact_required",
        "A phone number is not contact enough: there must be an e-mail address.",
        strict(_with_email, CREATE),
    ),
    Mutant(
        "email-unchecked",
        "bookings.email_form",
        "Any text is taken for an e-mail address.",
        lenient(_with_contact("email", ADDRESS), CREATE),
    ),
    Mutant(
        "phone-unchecked",
        "bookings.phone_form",
        "Any text is taken for a phone number.",
        lenient(_with_contact("phone", "+15551234567"), CREATE),
    ),
    Mutant(
        "null-member-refused",
        "bookings.null_members",
        "A booking whose team_id is null, as slots give it, is 400.",
        asked(_without_nulls, CREATE),
    ),
    Mutant(
        "unknown-member-refused",
        "bookings.unknown_members",
        "A booking with a member that the API does not know is 400.",
        strict(_none_unknown, CREATE),
    ),
    Mutant(
        "cancel-wants-body",
        "bookings.cancel_body",
        "Who cancels must send a body.",
        asked(_wants_body, "cancelBooking"),
    ),
    Mutant(
        "reschedule-timezone-required",
        "bookings.reschedule_body",
        "Who moves a booking must give its time zone.",
        strict(required("timezone"), "rescheduleBooking"),
    ),
)

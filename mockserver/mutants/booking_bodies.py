"""Bodies that are taken and should not be, or the other way round."""

from mockserver.domain.errors import Refused
from mockserver.mutants.altered import Json
from mockserver.mutants.amended import amended, extended, removed, updated
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import asked, bodies, mapped
from mockserver.web.api.exchange import Exchange

CREATE = "createBooking"
SCHEMAS = "$.components.schemas"
NEW_BOOKING = f"{SCHEMAS}.CreateBooking"


def _with_timezone(body: Json) -> Json:
    return {"timezone": "UTC", **body}


def _at_least_one(body: Json) -> Json:
    return mapped(lambda size: max(size, 1) if isinstance(size, int) else size, "party_size")(body)


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
        amended(extended(f"{NEW_BOOKING}.required", "notes")),
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
        amended(removed(f"{SCHEMAS}.Notes.maxLength")),
    ),
    Mutant(
        "notes-half-as-long",
        "bookings.notes_length",
        "Notes must not have more than 1,000 characters.",
        amended(updated(f"{SCHEMAS}.Notes", maxLength=1000)),
    ),
    Mutant(
        "contact-by-name-alone",
        "bookings.contact_required",
        "A name is contact enough.",
        amended(removed(f"{SCHEMAS}.NewContact.dependentSchemas")),
    ),
    Mutant(
        "email-required",
        "bookings.contact_required",
        "A phone number is not contact enough: there must be an e-mail address.",
        amended(extended(f"{SCHEMAS}.NewContact.required", "email")),
    ),
    Mutant(
        "email-unchecked",
        "bookings.email_form",
        "Any text is taken for an e-mail address.",
        amended(removed(f"{SCHEMAS}.Email.format")),
    ),
    Mutant(
        "phone-unchecked",
        "bookings.phone_form",
        "Any text is taken for a phone number.",
        amended(removed(f"{SCHEMAS}.Phone.pattern")),
    ),
    Mutant(
        "null-member-refused",
        "bookings.null_members",
        "A booking whose team_id is null, as slots give it, is 400.",
        amended(updated(f"{NEW_BOOKING}.properties.team_id", type="string")),
    ),
    Mutant(
        "unknown-member-refused",
        "bookings.unknown_members",
        "A booking with a member that the API does not know is 400.",
        amended(updated(NEW_BOOKING, additionalProperties=False)),
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
        amended(extended(f"{SCHEMAS}.RescheduleBooking.required", "timezone")),
    ),
)

"""Bookings whose members are not those that the pages show."""

import orjson

from mockserver.mutants.altered import Json
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import answers, changed, handled, mapped, objects, replies, with_method, without
from mockserver.web.api.exchange import Exchange, Handler, Reply, encode

CANCEL = "cancelBooking"
SUMMARIES = ("createBooking", "rescheduleBooking")
FULL = ("lookupBooking", CANCEL, "listBookings")
SHORT = ("id", "confirmation_number", "status", "start_at", "end_at", "service_name", "organization_name")


def _with_numbers_of_their_own(handler: Handler) -> Handler:
    """A number has its id's characters in reverse order: in answers, and in the paths of who asks."""

    reverse = mapped(_reversed, "confirmation_number")

    def answered(exchange: Exchange) -> Reply:
        exchange.parameters = reverse(dict(exchange.parameters))
        reply = handler(exchange)
        answer = changed(orjson.loads(reply.body), ["booking", "bookings"], reverse)
        return Reply(reply.status, encode(answer), reply.headers)

    return answered


def _accepted(reply: Reply) -> Reply:
    reply.status = 202
    return reply


def _reversed(number: str) -> str:
    return number[:5] + number[:4:-1]


def _two_ls(booking: Json) -> Json:
    return {**booking, "status": booking["status"].replace("canceled", "cancelled")}


def _short(booking: Json) -> Json:
    return {name: booking[name] for name in SHORT}


def _no_file(invite: Json) -> Json:
    return mapped(lambda url: url.removesuffix(".ics"), "ics_url")(invite)


MUTANTS = (
    Mutant(
        "create-accepted",
        "bookings.created_status",
        "A booking is answered with 202, as if it were still to be made.",
        replies(_accepted, "createBooking"),
    ),
    Mutant(
        "create-elsewhere",
        "operations.createBooking",
        "A booking is answered with 303, as if it were to be looked up somewhere else.",
        replies(lambda reply: Reply(303, reply.body, reply.headers), "createBooking"),
    ),
    Mutant(
        "cancel-accepted",
        "operations.cancelBooking",
        "Canceling is answered with 202.",
        replies(_accepted, CANCEL),
    ),
    Mutant(
        "reschedule-accepted",
        "operations.rescheduleBooking",
        "Rescheduling is answered with 202.",
        replies(_accepted, "rescheduleBooking"),
    ),
    Mutant(
        "bookings-accepted",
        "operations.listBookings",
        "The list of bookings is answered with 202.",
        replies(_accepted, "listBookings"),
    ),
    Mutant(
        "create-by-put",
        "operations.createBooking",
        "A booking is made with PUT; POST is not allowed.",
        with_method("PUT", "createBooking"),
    ),
    Mutant(
        "lookup-unwrapped",
        "operations.lookupBooking",
        "Lookup answers the bare booking.",
        answers(lambda answer: answer["booking"], "lookupBooking"),
    ),
    Mutant(
        "cancel-by-delete",
        "operations.cancelBooking",
        "A booking is canceled with DELETE; POST is not allowed.",
        with_method("DELETE", CANCEL),
    ),
    Mutant(
        "reschedule-by-patch",
        "operations.rescheduleBooking",
        "A booking is moved with PATCH; POST is not allowed.",
        with_method("PATCH", "rescheduleBooking"),
    ),
    Mutant(
        "invite-missing",
        "bookings.create_answer",
        "A new booking comes without a calendar invite.",
        answers(without("calendar_invite"), "createBooking"),
    ),
    Mutant(
        "created-with-ok",
        "bookings.created_status",
        "A new booking is answered with 200.",
        replies(lambda reply: Reply(200, reply.body, reply.headers), "createBooking"),
    ),
    Mutant(
        "number-unlike-id",
        "bookings.number_is_upper_id",
        "A confirmation number is not its booking's id in upper case.",
        handled(_with_numbers_of_their_own),
    ),
    Mutant(
        "number-lower-case",
        "bookings.confirmation_number",
        "Confirmation numbers are in lower case.",
        objects("booking bookings", mapped(str.lower, "confirmation_number")),
    ),
    Mutant(
        "summary-without-location",
        "bookings.summary_fields",
        "Who books or moves a booking is not told the location.",
        objects("booking", without("location"), *SUMMARIES),
    ),
    Mutant(
        "invite-leads-nowhere",
        "bookings.ics",
        "There is no file where ics_url leads.",
        objects("calendar_invite", _no_file, "createBooking"),
    ),
    Mutant(
        "booking-without-timezone",
        "bookings.fields",
        "Lookup, cancel and the list do not tell a booking's time zone.",
        objects("booking bookings", without("timezone"), *FULL),
    ),
    Mutant(
        "booking-ends-when-it-starts",
        "bookings.fields",
        "Lookup tells the start of a booking as its end.",
        objects("booking", lambda it: {**it, "end_at": it["start_at"]}, "lookupBooking"),
    ),
    Mutant(
        "contact-without-phone",
        "bookings.contact_fields",
        "The contact of a booking has no phone.",
        objects("contact", without("phone"), *FULL),
    ),
    Mutant(
        "email-with-its-state",
        "bookings.contact_nullable",
        "In the list of bookings a contact's email is an object: address, and whether verified.",
        objects("contact", mapped(lambda email: {"address": email, "verified": False}, "email"), "listBookings"),
    ),
    Mutant(
        "booking-service-prefixed",
        "spelling.service_id",
        "The service_id of a booking is that of webhooks, with `srv_` in front.",
        objects("booking bookings", mapped(lambda key: f"srv_{key}", "service_id"), *FULL),
    ),
    Mutant(
        "reschedule-unwrapped",
        "bookings.reschedule_answer",
        "Rescheduling answers the bare booking.",
        answers(lambda answer: answer["booking"], "rescheduleBooking"),
    ),
    Mutant(
        "canceled-with-two-ls",
        "spelling.canceled",
        "Every answer spells the status `cancelled`, as the name of the webhook's event.",
        objects("booking bookings", _two_ls, *FULL),
    ),
    Mutant(
        "cancel-answers-seven",
        "contradiction.cancel_members",
        "Cancel answers seven members of the booking.",
        objects("booking", _short, CANCEL),
    ),
)

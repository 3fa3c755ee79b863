"""Customers who are let in too easily, or not at all."""

from dataclasses import replace

from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.service import Calendar


class ComparesNumbersAsWritten(Calendar):
    def verified_booking(self, confirmation_number: str, contact: str) -> Booking:
        if confirmation_number != confirmation_number.upper():
            raise Refused("unknown_booking")
        return super().verified_booking(confirmation_number, contact)


class TakesAnyContact(Calendar):
    def verified_booking(self, confirmation_number: str, contact: str) -> Booking:
        return self.find_booking(confirmation_number)


class CancelsWithoutNotice(Calendar):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        try:
            return super().cancel_booking(booking_id, now)
        except Refused as refusal:
            if refusal.cause != "inside_notice_period":
                raise
            return self.cancel_by_staff(booking_id)


MUTANTS = (
    Mutant(
        "number-case-sensitive",
        "self_service.number_case",
        "A confirmation number in lower case is not found.",
        lambda parts: replace(parts, calendar=ComparesNumbersAsWritten),
    ),
    Mutant(
        "contact-not-verified",
        "errors.403.contact_mismatch",
        "Whoever knows a confirmation number gets the booking, whatever contact they give.",
        lambda parts: replace(parts, calendar=TakesAnyContact),
    ),
    Mutant(
        "notice-ignored",
        "errors.422.inside_notice_period",
        "A booking can be canceled until it begins, whatever notice the service wants.",
        lambda parts: replace(parts, calendar=CancelsWithoutNotice),
    ),
)

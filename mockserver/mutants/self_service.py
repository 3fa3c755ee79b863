"""Customers who are let in too easily, or not at all."""

from collections.abc import Collection
from dataclasses import replace

from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.mutants.amended import answered
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.self_service import SelfServiceApi


class ComparesNumbersAsWritten(BookingService):
    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        if confirmation_number != confirmation_number.upper():
            raise Refused("unknown_booking")
        return super().verified_booking(confirmation_number, contacts)


class TakesAnyContact(BookingService):
    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        return self.find_booking(confirmation_number)


class CancelsWithoutNotice(BookingService):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        try:
            return super().cancel_booking(booking_id, now)
        except Refused as refusal:
            if refusal.cause != "inside_notice_period":
                raise
            return self.cancel_by_staff(booking_id)


class CancelsWhatHasBegun(BookingService):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        try:
            return super().cancel_booking(booking_id, now)
        except Refused as refusal:
            if refusal.cause != "already_begun":
                raise
            return self.cancel_by_staff(booking_id)


class KnowsAddressesOnly(BookingService):
    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        booking = super().verified_booking(confirmation_number, contacts)
        return _required(booking, _is_address(contacts))


class ComparesAddressesAsWritten(BookingService):
    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        booking = super().verified_booking(confirmation_number, contacts)
        return _required(booking, not _is_address(contacts) or booking.contact.email in contacts)


class ComparesNumbersCharacterByCharacter(BookingService):
    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        booking = super().verified_booking(confirmation_number, contacts)
        return _required(booking, _is_address(contacts) or booking.contact.phone in contacts)


class TakesSpacesForSpaces(SelfServiceApi):
    def _contacts(self, given: str) -> tuple[str, ...]:
        return super()._contacts(given) if "@" in given else (given,)


class TakesSpacesInAddressesForSpaces(SelfServiceApi):
    def _contacts(self, given: str) -> tuple[str, ...]:
        return (given,) if "@" in given else super()._contacts(given)


def _is_address(contacts: Collection[str]) -> bool:
    return any("@" in contact for contact in contacts)


def _required(booking: Booking, matches: bool) -> Booking:
    if not matches:
        raise Refused("contact_mismatch")
    return booking


class VerifiesLookupsOnly(SelfServiceApi):
    def _booking(self, exchange: Exchange) -> Booking:
        if exchange.method == "GET":
            return super()._booking(exchange)
        return self._bookings.find_booking(exchange.parameters["confirmation_number"])


MUTANTS = (
    Mutant(
        "number-case-sensitive",
        "self_service.number_case",
        "A confirmation number in lower case is not found.",
        lambda parts: replace(parts, bookings=ComparesNumbersAsWritten),
    ),
    Mutant(
        "contact-not-verified",
        "errors.403.contact_mismatch",
        "Whoever knows a confirmation number gets the booking, whatever contact they give.",
        lambda parts: replace(parts, bookings=TakesAnyContact),
    ),
    Mutant(
        "notice-ignored",
        "errors.422.inside_notice_period",
        "A booking can be canceled until it begins, whatever notice the service wants.",
        lambda parts: replace(parts, bookings=CancelsWithoutNotice),
    ),
    Mutant(
        "begun-booking-canceled",
        "errors.422.already_begun",
        "A booking can be canceled after it has begun.",
        lambda parts: replace(parts, bookings=CancelsWhatHasBegun),
    ),
    Mutant(
        "begun-booking-conflict",
        "errors.422.already_begun",
        "Changing a booking that has begun is 409, not 422.",
        answered("already_begun", status=409, type="conflict"),
    ),
    Mutant(
        "phone-not-verified",
        "self_service.contact_parameter",
        "The phone number of a booking is not its contact, only the e-mail address is.",
        lambda parts: replace(parts, bookings=KnowsAddressesOnly),
    ),
    Mutant(
        "contact-for-lookup-only",
        "self_service.contact_elsewhere",
        "Canceling and moving a booking take any contact.",
        lambda parts: replace(parts, self_service=VerifiesLookupsOnly),
    ),
    Mutant(
        "email-case-sensitive",
        "self_service.email_case",
        "An e-mail address in another case is another contact.",
        lambda parts: replace(parts, bookings=ComparesAddressesAsWritten),
    ),
    Mutant(
        "phone-as-written",
        "self_service.phone_characters",
        "A phone number with spaces or brackets is another contact.",
        lambda parts: replace(parts, bookings=ComparesNumbersCharacterByCharacter),
    ),
    Mutant(
        "raw-plus-in-email-is-space",
        "self_service.email_raw_plus",
        "An e-mail address whose plus was not escaped is another contact.",
        lambda parts: replace(parts, self_service=TakesSpacesInAddressesForSpaces),
    ),
    Mutant(
        "raw-plus-is-space",
        "self_service.phone_raw_plus",
        "A phone number whose plus was not escaped is another contact.",
        lambda parts: replace(parts, self_service=TakesSpacesForSpaces),
    ),
    Mutant(
        "missing-contact-forbidden",
        "errors.400.missing_contact",
        "Without contact the answer is 403, not 400.",
        answered("missing_contact", status=403, type="permission_error"),
    ),
)

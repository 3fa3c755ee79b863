"""Contacts that are nearly right, and let in."""

from collections.abc import Collection
from dataclasses import replace
from fnmatch import fnmatchcase

from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.self_service import SelfServiceApi


class Lenient(BookingService):
    """Lets in whom `_passes` lets in, and who is right."""

    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        booking = self.find_booking(confirmation_number)
        if any(self._passes(booking, contact) for contact in contacts):
            return booking
        return super().verified_booking(confirmation_number, contacts)

    def _passes(self, booking: Booking, contact: str) -> bool:
        raise NotImplementedError


class TakesBeginnings(Lenient):
    def _passes(self, booking: Booking, contact: str) -> bool:
        return len(contact) > 3 and (booking.contact.email or "").startswith(contact.casefold())


class TakesEndsOfPhones(Lenient):
    def _passes(self, booking: Booking, contact: str) -> bool:
        return len(contact) >= 7 and contact.isdigit() and (booking.contact.phone or "").endswith(contact)


class TakesPatterns(Lenient):
    def _passes(self, booking: Booking, contact: str) -> bool:
        return fnmatchcase(booking.contact.email or "", contact.replace("%", "*")) and "%" in contact


class TakesNothingForNothing(Lenient):
    def _passes(self, booking: Booking, contact: str) -> bool:
        digits = "".join(character for character in contact if character.isdigit())
        return booking.contact.phone is None and not digits and "@" not in contact


class TakesAnybodysContact(Lenient):
    """Of the same organization."""

    def _passes(self, booking: Booking, contact: str) -> bool:
        with self._state.work() as work:
            others = list(work.bookings.of_organization(booking.organization, None))
        return any(other.contact.matches(contact) for other in others)


class VerifiesNoCanceled(Lenient):
    def _passes(self, booking: Booking, contact: str) -> bool:
        return not booking.active


class TrustsKeys(SelfServiceApi):
    """A key of whatever kind stands for the contact."""

    def _booking(self, exchange: Exchange) -> Booking:
        try:
            return super()._booking(exchange)
        except Refused as refusal:
            if refusal.cause != "contact_mismatch" or exchange.header("HTTP_X_KORDLESS_KEY") is None:
                raise
            return self._bookings.find_booking(exchange.parameters["confirmation_number"])


MUTANTS = (
    Mutant(
        "contact-by-beginning",
        "errors.403.contact_mismatch",
        "The beginning of an email is taken for the whole.",
        lambda parts: replace(parts, bookings=TakesBeginnings),
    ),
    Mutant(
        "contact-by-last-digits",
        "errors.403.contact_mismatch",
        "The last seven digits of a phone are taken for the whole.",
        lambda parts: replace(parts, bookings=TakesEndsOfPhones),
    ),
    Mutant(
        "contact-by-pattern",
        "errors.403.contact_mismatch",
        "A percent sign stands for any part of an email.",
        lambda parts: replace(parts, bookings=TakesPatterns),
    ),
    Mutant(
        "no-phone-matches-none",
        "errors.403.contact_mismatch",
        "Where a booking has no phone, a contact without digits matches it.",
        lambda parts: replace(parts, bookings=TakesNothingForNothing),
    ),
    Mutant(
        "contact-of-anybody",
        "errors.403.contact_mismatch",
        "The contact of any booking of the organization lets in.",
        lambda parts: replace(parts, bookings=TakesAnybodysContact),
    ),
    Mutant(
        "canceled-not-verified",
        "errors.403.contact_mismatch",
        "A canceled booking is told to whoever knows its number.",
        lambda parts: replace(parts, bookings=VerifiesNoCanceled),
    ),
    Mutant(
        "key-stands-for-contact",
        "errors.403.contact_mismatch",
        "Whoever sends a key beside a wrong contact is let in.",
        lambda parts: replace(parts, self_service=TrustsKeys),
    ),
)

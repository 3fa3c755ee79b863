"""Slots that are offered and cannot be had."""

from dataclasses import replace

from mockserver.domain.organizations import Organization
from mockserver.domain.slots import Slots
from mockserver.mutants.mutant import Mutant
from mockserver.service import Calendar


class OffersToEveryParty(Calendar):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        return super().availability(organization, service_slug, first, last, 1, now)


MUTANTS = (
    Mutant(
        "party-size-ignored",
        "availability.too_few_seats",
        "Availability offers slots that have fewer free seats than partySize.",
        lambda parts: replace(parts, calendar=OffersToEveryParty),
    ),
)

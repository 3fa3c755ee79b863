"""Spellings of one operation that another takes too, so that a client's mistake goes unnoticed until it matters."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.mutants.mutant import Apply, Mutant
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.validation import Checker

CREATE, AVAILABILITY = "createBooking", "getAvailability"


def takes(operation: str, other: str, field: str) -> Apply:
    """Where that operation misses the field, the other spelling is as good."""

    def spelled(given: Mapping[str, Any]) -> dict[str, Any]:
        if field in given or other not in given:
            return dict(given)
        return {field if name == other else name: value for name, value in given.items()}

    class TakesBoth(Checker):
        def check(self, exchange: Exchange) -> None:
            if self._operation == operation:
                exchange.query, exchange.body = spelled(exchange.query), spelled(exchange.body)
            super().check(exchange)

        def require_text(self, values: Mapping[str, Any], name: str) -> str:
            return super().require_text(spelled(values) if self._operation == operation else values, name)

    return lambda parts: replace(parts, checker=TakesBoth)


MUTANTS = (
    Mutant(
        "start-of-slots-taken",
        "spelling.field.start",
        "Creation takes startsAt, the spelling of slots, for starts_at.",
        takes(CREATE, "startsAt", "starts_at"),
    ),
    Mutant(
        "start-of-answers-taken",
        "spelling.field.start",
        "Creation takes start_at, the spelling of its answer, for starts_at.",
        takes(CREATE, "start_at", "starts_at"),
    ),
    Mutant(
        "end-of-slots-taken",
        "spelling.field.end",
        "Creation takes endsAt, the spelling of slots, for ends_at.",
        takes(CREATE, "endsAt", "ends_at"),
    ),
    Mutant(
        "end-of-answers-taken",
        "spelling.field.end",
        "Creation takes end_at, the spelling of its answer, for ends_at.",
        takes(CREATE, "end_at", "ends_at"),
    ),
    Mutant(
        "party-of-query-taken",
        "spelling.field.party_size",
        "Creation takes partySize, the spelling of the availability query, for party_size.",
        takes(CREATE, "partySize", "party_size"),
    ),
    Mutant(
        "party-of-body-taken",
        "spelling.field.party_size",
        "Availability takes party_size, the spelling of the booking's body, for partySize.",
        takes(AVAILABILITY, "party_size", "partySize"),
    ),
    Mutant(
        "host-of-slots-taken",
        "spelling.field.host",
        "Creation takes hostId, the spelling of slots, for host_id.",
        takes(CREATE, "hostId", "host_id"),
    ),
    Mutant(
        "team-of-slots-taken",
        "spelling.field.team",
        "Creation takes teamId, the spelling of slots, for team_id.",
        takes(CREATE, "teamId", "team_id"),
    ),
    Mutant(
        "organization-of-answers-taken",
        "spelling.field.organization",
        "Creation takes organization_slug, the spelling of answers, for org_slug.",
        takes(CREATE, "organization_slug", "org_slug"),
    ),
    Mutant(
        "service-of-answers-taken",
        "spelling.field.service",
        "Creation takes service_id, the spelling of answers, for service_slug.",
        takes(CREATE, "service_id", "service_slug"),
    ),
    Mutant(
        "service-of-slots-taken",
        "spelling.field.service",
        "Creation takes serviceId, the spelling of slots, for service_slug.",
        takes(CREATE, "serviceId", "service_slug"),
    ),
)

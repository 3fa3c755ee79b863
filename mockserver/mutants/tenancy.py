"""Organizations, services and bookings of others, or that do not exist, answered in another way than promised."""

from dataclasses import replace

from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.mutants.altered import Json, altered
from mockserver.mutants.amended import answered
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.tenancy import Tenancy

INVALID = {"status": 400, "type": "validation_error"}
FORBIDDEN = {"status": 403, "type": "permission_error"}
UNKNOWN = {"status": 404, "type": "not_found"}


class TakesAnyHeader(Tenancy):
    """Whatever x-organization-id says, the key's own organization is served."""

    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        if not exchange.header(self._variable):
            return super()._named_by_header(exchange, own)
        return self._by_id[own]


class TellsWhichOrganizationsThereAre(Tenancy):
    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        named = exchange.header(self._variable)
        if named and "org_" + named.removeprefix("org_") not in self._by_id:
            raise Refused("unknown_organization")
        return super()._named_by_header(exchange, own)


class NeedsNoHeader(Tenancy):
    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        return super()._named_by_header(exchange, own) if exchange.header(self._variable) else self._by_id[own]


def with_last_service_not_bookable(organization: Json) -> Json:
    organization["services"][-1]["isBookablePublic"] = False
    return organization


MUTANTS = (
    Mutant(
        "foreign-key-not-found",
        "errors.403.foreign_organization",
        "Another organization than the key's is 404, as if there were none.",
        answered("foreign_organization", **UNKNOWN, detail="Organization not found"),
    ),
    Mutant(
        "wrong-kind-unauthorized",
        "errors.403.wrong_key_kind",
        "A key of the wrong kind is 401, as if there were none.",
        answered("wrong_key_kind", status=401, type="authentication_error", detail="Invalid or missing API key"),
    ),
    Mutant(
        "organization-header-not-compared",
        "errors.403.organization_mismatch",
        "The platform serves the key's organization whatever x-organization-id says.",
        lambda parts: replace(parts, tenancy=TakesAnyHeader),
    ),
    Mutant(
        "organization-header-tells",
        "errors.403.organization_mismatch",
        "An x-organization-id that belongs to nobody is 404, which tells which ones do.",
        lambda parts: replace(parts, tenancy=TellsWhichOrganizationsThereAre),
    ),
    Mutant(
        "organization-header-optional",
        "errors.403.missing_organization_header",
        "Without x-organization-id the platform serves the key's organization.",
        lambda parts: replace(parts, tenancy=NeedsNoHeader),
    ),
    Mutant(
        "organization-header-validated",
        "errors.403.missing_organization_header",
        "A missing x-organization-id is 400.",
        answered("missing_organization_header", **INVALID, detail="x-organization-id is required"),
    ),
    Mutant(
        "unknown-organization-forbidden",
        "errors.404.organization",
        "An organization that does not exist is 403.",
        answered("unknown_organization", **FORBIDDEN, detail="Insufficient permissions"),
    ),
    Mutant(
        "unknown-service-invalid",
        "errors.404.service",
        "A service that does not exist is 400.",
        answered("unknown_service", **INVALID),
    ),
    Mutant(
        "unknown-booking-forbidden",
        "errors.404.booking",
        "A confirmation number that does not exist is 403, as with a wrong contact.",
        answered("unknown_booking", **FORBIDDEN, detail="The contact does not match the booking"),
    ),
    Mutant(
        "unknown-host-invalid",
        "errors.404.host",
        "A booking with a host that does not exist is 400.",
        answered("unknown_host", **INVALID),
    ),
    Mutant(
        "unknown-team-invalid",
        "errors.404.team",
        "A booking with a team that does not exist is 400.",
        answered("unknown_team", **INVALID),
    ),
    Mutant(
        "listed-service-not-bookable",
        "service.public_only",
        "The last service of the list says that it is not publicly bookable.",
        altered("getOrganization", with_last_service_not_bookable),
    ),
)

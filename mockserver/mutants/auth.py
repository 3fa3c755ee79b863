"""Keys that open what they must not."""

from dataclasses import replace

from mockserver.domain.keys import ApiKey
from mockserver.domain.organizations import Organization
from mockserver.mutants.mutant import Mutant
from mockserver.web.guards import Authentication, Tenancy


class NeverLooksAtRevocation(Authentication):
    def _require_valid(self, key: ApiKey, now: int) -> None:
        super()._require_valid(replace(key, revoked=False), now)


class TrustsEveryKey(Tenancy):
    def _require_own(self, organization: Organization, key: ApiKey) -> None:
        """Any organization will do."""


MUTANTS = (
    Mutant(
        "revoked-key-accepted",
        "errors.401.revoked",
        "A revoked key goes on working.",
        lambda parts: replace(parts, authentication=NeverLooksAtRevocation),
    ),
    Mutant(
        "foreign-key-accepted",
        "errors.403.foreign_organization",
        "A public key opens every organization, not only its own.",
        lambda parts: replace(parts, tenancy=TrustsEveryKey),
    ),
)

"""Whose data a request is about, and whether its key has a right to them."""

from collections.abc import Callable, Mapping

from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey
from mockserver.domain.organizations import Organization
from mockserver.web.api.exchange import Exchange, environ_name


class Tenancy:
    """Settles whose data a request is about, and that its key has a right to them."""

    def __init__(
        self,
        organizations: Callable[[str], Organization],
        by_id: Mapping[str, Organization],
        organization_header: str,
    ) -> None:
        self._organizations = organizations
        self._by_id = by_id
        self._variable = environ_name(organization_header)

    def __call__(self, exchange: Exchange) -> None:
        route, key = exchange.matched, exchange.key
        if key is None or route.tenant is None:
            return
        if route.tenant == "header":
            self._require_kind(exchange)
            exchange.organization = self._named_by_header(exchange, key.organization)
            return
        organization = self._organizations(self._slug(exchange, route.tenant))
        self._require_kind(exchange)
        self._require_own(organization, key)
        exchange.organization = organization

    def _require_own(self, organization: Organization, key: ApiKey) -> None:
        if organization.id != key.organization:
            raise Refused("foreign_organization")

    def _require_kind(self, exchange: Exchange) -> None:
        if exchange.key is not None and exchange.key.kind != exchange.matched.key_kind:
            raise Refused("wrong_key_kind")

    def _slug(self, exchange: Exchange, tenant: str) -> str:
        if tenant == "path":
            return exchange.parameters["org_slug"]
        given = exchange.query if tenant == "query" else exchange.body
        return exchange.matched.checker.require_text(given, "org_slug")

    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        """The part after `org_`, or the whole id; never a word about whether another organization exists."""
        given = exchange.header(self._variable)
        if not given:
            raise Refused("missing_organization_header")
        if given.removeprefix("org_") != own.removeprefix("org_"):
            raise Refused("organization_mismatch")
        return self._by_id[own]

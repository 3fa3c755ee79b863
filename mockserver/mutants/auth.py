"""Keys that open what they must not, or are looked for in the wrong place or at the wrong time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey
from mockserver.domain.organizations import Organization
from mockserver.mutants.amended import answered
from mockserver.mutants.mutant import Mutant
from mockserver.ports import State
from mockserver.web.api.authentication import Authentication
from mockserver.web.api.body import Body
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.tenancy import Tenancy
from mockserver.web.api.validation import Checker

REMEMBERED = 60
"""Seconds for which a key that was found valid is not looked at again."""


class TakesOtherHeaders(Authentication):
    """`Authorization: Bearer` and `X-Api-Key`, where the documented header is missing."""

    def __call__(self, exchange: Exchange) -> None:
        if not exchange.header(self._variable):
            bearer = (exchange.header("HTTP_AUTHORIZATION") or "").removeprefix("Bearer ")
            if elsewhere := bearer or exchange.header("HTTP_X_API_KEY"):
                exchange.environ = {**exchange.environ, self._variable: elsewhere}
        super().__call__(exchange)


class ReadsAuthorizationAlone(Authentication):
    """And no other header."""

    def __call__(self, exchange: Exchange) -> None:
        bearer = (exchange.header("HTTP_AUTHORIZATION") or "").removeprefix("Bearer ")
        exchange.environ = {**exchange.environ, self._variable: bearer}
        super().__call__(exchange)


class TakesKeysFromTheQuery(Authentication):
    """Whatever the parameter is called."""

    def __call__(self, exchange: Exchange) -> None:
        if not exchange.header(self._variable):
            for _, value in parse_qsl(exchange.header("QUERY_STRING") or ""):
                if value.startswith("kord_"):
                    exchange.environ = {**exchange.environ, self._variable: value}
        super().__call__(exchange)


class ReadsEveryOrganization(Tenancy):
    """What a key may book is checked, what it may read is not."""

    def __call__(self, exchange: Exchange) -> None:
        try:
            super().__call__(exchange)
        except Refused as refusal:
            if refusal.cause != "foreign_organization" or exchange.method == "POST":
                raise
            exchange.organization = self._organizations(self._slug(exchange, exchange.matched.tenant or ""))


class TakesPlatformKeysEverywhere(Tenancy):
    def _require_kind(self, exchange: Exchange) -> None:
        if exchange.matched.key_kind == "platform":
            super()._require_kind(exchange)


class TakesPublicKeysEverywhere(Tenancy):
    def _require_kind(self, exchange: Exchange) -> None:
        if exchange.matched.key_kind == "public":
            super()._require_kind(exchange)


class NeverLooksAtRevocation(Authentication):
    def _require_valid(self, key: ApiKey, now: int) -> None:
        super()._require_valid(replace(key, revoked=False), now)


class RemembersValidKeys(Authentication):
    """A cache that revocation does not reach."""

    def __init__(self, header: str, state: State) -> None:
        super().__init__(header, state)
        self._seen: dict[str, int] = {}

    def _require_valid(self, key: ApiKey, now: int) -> None:
        seen = self._seen.get(key.id)
        if key.revoked and seen is not None and now - seen < REMEMBERED:
            return
        super()._require_valid(key, now)
        self._seen[key.id] = now


class NeverLooksAtExpiry(Authentication):
    def _require_valid(self, key: ApiKey, now: int) -> None:
        super()._require_valid(replace(key, expires_at=None), now)


class TakesTheHeaderForTheOrganization(Tenancy):
    """On the public surface too, where path, query or body are to name it."""

    def _slug(self, exchange: Exchange, tenant: str) -> str:
        slug = super()._slug(exchange, tenant)
        named = exchange.header(self._variable) or ""
        organization = self._by_id.get("org_" + named.removeprefix("org_"))
        return organization.slug if organization else slug


class ValidatesBeforePermission(Checker):
    """As soon as a booking's organization is asked for, its whole body is judged."""

    def require_text(self, values: Mapping[str, Any], field: str) -> str:
        slug = super().require_text(values, field)
        if self._body is not None:
            self._refuse_invalid(self._body, values)
        return slug


class JudgesTheKindFirst(Tenancy):
    """Before it looks whether there is such an organization."""

    def __call__(self, exchange: Exchange) -> None:
        self._require_kind(exchange)
        super().__call__(exchange)


class ParsesBeforeLookingAtTheType(Body):
    def __call__(self, exchange: Exchange) -> None:
        try:
            super().__call__(exchange)
        except Refused as refusal:
            if refusal.cause == "unsupported_media_type":
                self._parsed(exchange.raw_body)
            raise


class TrustsEveryKey(Tenancy):
    def _require_own(self, organization: Organization, key: ApiKey) -> None:
        """Any organization will do."""


FORBIDDEN = {"status": 403, "type": "permission_error", "detail": "Insufficient permissions"}

MUTANTS = (
    Mutant(
        "revoked-key-accepted",
        "errors.401.revoked",
        "A revoked key goes on working.",
        lambda parts: replace(parts, authentication=NeverLooksAtRevocation),
    ),
    Mutant(
        "key-in-another-header",
        "auth.key.header",
        "A key is also taken from Authorization and X-Api-Key.",
        lambda parts: replace(parts, authentication=TakesOtherHeaders),
    ),
    Mutant(
        "key-in-authorization-alone",
        "auth.key.header",
        "A key is taken from Authorization, and not from its own header.",
        lambda parts: replace(parts, authentication=ReadsAuthorizationAlone),
    ),
    Mutant(
        "key-in-the-query",
        "auth.key.header",
        "A key is also taken from the query, where logs show it.",
        lambda parts: replace(parts, authentication=TakesKeysFromTheQuery),
    ),
    Mutant(
        "key-reads-everywhere",
        "auth.key.one_organization",
        "A public key reads every organization; only booking there is refused.",
        lambda parts: replace(parts, tenancy=ReadsEveryOrganization),
    ),
    Mutant(
        "platform-key-on-public-surface",
        "auth.key.kinds",
        "A platform key works on the public surface.",
        lambda parts: replace(parts, tenancy=TakesPlatformKeysEverywhere),
    ),
    Mutant(
        "public-key-on-platform",
        "auth.key.kinds",
        "A public key, which anybody may see in a web page, lists bookings.",
        lambda parts: replace(parts, tenancy=TakesPublicKeysEverywhere),
    ),
    Mutant(
        "revocation-cached",
        "auth.key.revocation",
        "A key that was in use goes on working for a minute after its revocation.",
        lambda parts: replace(parts, authentication=RemembersValidKeys),
    ),
    Mutant(
        "expired-key-accepted",
        "auth.key.expiry",
        "An expired key goes on working.",
        lambda parts: replace(parts, authentication=NeverLooksAtExpiry),
    ),
    Mutant(
        "organization-from-header",
        "auth.organization_from",
        "On the public surface x-organization-id outdoes the slug.",
        lambda parts: replace(parts, tenancy=TakesTheHeaderForTheOrganization),
    ),
    Mutant(
        "validation-before-permission",
        "auth.order",
        "An invalid booking is 400 before it is 403 or 404 for its organization.",
        lambda parts: replace(parts, checker=ValidatesBeforePermission),
    ),
    Mutant(
        "kind-before-organization",
        "auth.order",
        "A key of the wrong kind gets 403 for an organization that does not exist.",
        lambda parts: replace(parts, tenancy=JudgesTheKindFirst),
    ),
    Mutant(
        "parsed-before-media-type",
        "auth.order.body",
        "A body that is neither declared as JSON nor is any gets 400, not 415.",
        lambda parts: replace(parts, body=ParsesBeforeLookingAtTheType),
    ),
    Mutant(
        "missing-key-forbidden",
        "errors.401.missing",
        "A request without a key is 403.",
        answered("missing_key", **FORBIDDEN),
    ),
    Mutant(
        "unknown-key-forbidden",
        "errors.401.unknown",
        "A request with an unknown key is 403.",
        answered("unknown_key", **FORBIDDEN),
    ),
    Mutant(
        "expired-key-bad-request",
        "errors.401.expired",
        "A request with an expired key is 400.",
        answered("expired_key", status=400, type="validation_error"),
    ),
    Mutant(
        "foreign-key-accepted",
        "errors.403.foreign_organization",
        "A public key opens every organization, not only its own.",
        lambda parts: replace(parts, tenancy=TrustsEveryKey),
    ),
    Mutant(
        "lapsed-key-forbidden",
        "auth.key.no_longer_valid",
        "A revoked or expired key is 403, not 401.",
        answered("revoked_key expired_key", status=403, type="permission_error", detail="Insufficient permissions"),
    ),
)

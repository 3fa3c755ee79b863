"""Keys and the organizations behind them."""

from tests.mockserver.mutant_server import SALON, Case, Server

CLINIC = "public/org/harbor-clinic"


def opened_by_other_headers(server: Server) -> list[bool]:
    value = server.key("acme_public")
    headers = ({"Authorization": f"Bearer {value}"}, {"X-Api-Key": value})
    return [server.get(SALON, None, headers=given).status_code == 200 for given in headers]


def opened_by_the_query(server: Server) -> bool:
    return server.get(SALON, None, query_string={"key": server.key("acme_public")}).status_code == 200


def foreign_reads_and_booking(server: Server) -> list[int]:
    booking = server.create(key="harbor_public")
    return [server.get(CLINIC).status_code, server.get(f"{CLINIC}/service/checkup").status_code, booking.status_code]


def after_revocation(server: Server) -> list[int]:
    before = server.get(SALON).status_code
    server.control("POST", "keys/key_acme_public/revoke")
    now = server.get(SALON).status_code
    server.advance(60)
    return [before, now, server.get(SALON).status_code, server.get(SALON, "acme_revoked").status_code]


def expired_as_agreed(server: Server) -> list[int]:
    made = server.control(
        "POST", "keys", organization="acme-salon", kind="public", label="x", expires_at="2025-12-01T08:00:01Z"
    )
    before = server.get(SALON, None, headers={"x-kordless-key": made["key"]}).status_code
    server.advance(1)
    return [before, server.get(SALON, None, headers={"x-kordless-key": made["key"]}).status_code]


def header_beside_slug(server: Server) -> int:
    return server.get(SALON, headers={"x-organization-id": "hbr456"}).status_code


def invalid_booking_elsewhere(server: Server) -> list[int]:
    return [server.create(org_slug=slug, starts_at="x").status_code for slug in ("nowhere", "acme-salon")]


def wrong_kind_for_nothing(server: Server) -> list[int]:
    return [server.get(path, "acme_platform").status_code for path in ("public/org/nowhere", SALON)]


def undeclared_bodies(server: Server) -> list[int]:
    return [server.send(data, "text/plain").status_code for data in ("no JSON", "{}")]


CASES = {
    "lapsed-key-forbidden": Case(
        lambda s: [s.get(SALON, f"acme_{kind}").status_code for kind in ("revoked", "expired")], [401, 401], [403, 403]
    ),
    "revoked-key-accepted": Case(lambda s: s.get(SALON, "acme_revoked").status_code, 401, 200),
    "key-in-another-header": Case(opened_by_other_headers, [False, False], [True, True]),
    "key-in-the-query": Case(opened_by_the_query, False, True),
    "key-reads-everywhere": Case(foreign_reads_and_booking, [403, 403, 403], [200, 200, 403]),
    "platform-key-on-public-surface": Case(lambda s: s.get(SALON, "acme_platform").status_code, 403, 200),
    "public-key-on-platform": Case(lambda s: s.list("acme_public").status_code, 403, 200),
    "revocation-cached": Case(after_revocation, [200, 401, 401, 401], [200, 200, 401, 401]),
    "expired-key-accepted": Case(expired_as_agreed, [200, 401], [200, 200]),
    "organization-from-header": Case(header_beside_slug, 200, 403),
    "validation-before-permission": Case(invalid_booking_elsewhere, [404, 400], [400, 400]),
    "kind-before-organization": Case(wrong_kind_for_nothing, [404, 403], [403, 403]),
    "parsed-before-media-type": Case(undeclared_bodies, [415, 415], [400, 415]),
    "missing-key-forbidden": Case(lambda s: s.get(SALON, None).status_code, 401, 403),
    "unknown-key-forbidden": Case(
        lambda s: s.get(SALON, None, headers={"x-kordless-key": "kord_test_nobody"}).status_code, 401, 403
    ),
    "expired-key-bad-request": Case(lambda s: s.get(SALON, "acme_expired").status_code, 401, 400),
    "foreign-key-accepted": Case(
        lambda s: [s.get(CLINIC).status_code, s.create(key="harbor_public").status_code], [403, 403], [200, 201]
    ),
}

IMPLIED = {
    # Which the pages allow, too; the scenarios are about what the contract says.
    "lapsed-key-forbidden": {"errors.401.revoked", "errors.401.expired", "auth.key.revocation", "auth.key.expiry"},
    "revoked-key-accepted": {"auth.key.revocation", "auth.key.no_longer_valid"},
    "expired-key-accepted": {"errors.401.expired", "auth.key.no_longer_valid"},
    "expired-key-bad-request": {"auth.key.expiry", "auth.key.no_longer_valid"},
    "foreign-key-accepted": {"auth.key.one_organization"},
    "key-reads-everywhere": {"errors.403.foreign_organization"},
    "platform-key-on-public-surface": {"auth.order"},
}

"""Who is let in: keys that are missing, unknown, revoked or expired, and what a key is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.rules.rule import PLATFORM, READS, Need, rule

if TYPE_CHECKING:
    from contracts.check import Check


@rule("auth.key.header", "A key is read from its header", requests=1)
def key_header(check: Check) -> None:
    check.expect_served(check.call("getOrganization"))


@rule("errors.401.missing", "A request without a key is refused", builds_on=[key_header], requests=1)
def missing_key(check: Check) -> None:
    check.expect_refused(check.call("getOrganization", key=None), "missing_key")


@rule("errors.401.unknown", "A key that nobody has is refused", builds_on=[key_header], requests=1)
def unknown_key(check: Check) -> None:
    headers = {check.target.key_header: check.fiction.api_key()}
    check.expect_refused(check.call("getOrganization", key=None, headers=headers), "unknown_key")


@rule(
    "errors.401.revoked",
    "A revoked key is refused",
    needs=READS | {Need.REVOKED_KEY},
    builds_on=[unknown_key],
    requests=1,
)
def revoked_key(check: Check) -> None:
    check.expect_refused(check.call("getOrganization", key="revoked"), "revoked_key")


@rule(
    "errors.401.expired",
    "An expired key is refused",
    needs=READS | {Need.EXPIRED_KEY},
    builds_on=[unknown_key],
    requests=1,
)
def expired_key(check: Check) -> None:
    check.expect_refused(check.call("getOrganization", key="expired"), "expired_key")


@rule(
    "auth.key.kinds",
    "A key does nothing on the surface that it is not made for",
    needs=READS | PLATFORM,
    builds_on=[key_header],
    requests=1,
)
def kinds(check: Check) -> None:
    answer = check.call("getOrganization", key="platform")
    check.expect(answer.status >= 400, "a platform key to open nothing on the public surface", str(answer), answer)

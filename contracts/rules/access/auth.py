"""Who is let in: keys that are missing, unknown, revoked or expired, and what a key is good for."""

from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import MINUTE
from contracts.rules.rule import PLATFORM, READS, Need, rule

LIFETIME = 10 * MINUTE  # of a key; long enough that no clock that is a little wrong matters


@rule("auth.key.header", "A key is read from its header", requests=1)
def key_header(check: Check) -> None:
    answer = check.call("getOrganization")
    unseen = check.contract.errors["missing_key"].status
    check.expect(answer.status != unseen, f"the key in {check.target.key_header} to be read", str(answer), answer)
    check.need_served(answer)


@rule("auth.key.header", "A key is read from no other header", builds_on=[key_header], requests=3)
def other_headers(check: Check) -> None:
    """A name with underscores is another name: programs behind CGI and its heirs take them for one."""
    value = check.credentials.keys["public"]
    underscored = check.target.key_header.replace("-", "_")
    others = {"Authorization": f"Bearer {value}", "X-Api-Key": value, underscored: value}
    for name in [name for name in others if name.lower() != check.target.key_header.lower()]:
        answer = check.call("getOrganization", key=None, headers={name: others[name]})
        check.expect_refusal(answer, f"a key in {name} not to be read")


@rule(
    "auth.key.header",
    "A key is not read from the query, which logs would show",
    needs=READS | {Need.CONTROL},  # for a key that may be shown, as it is good for nothing afterwards
    builds_on=[key_header],
    requests=1,
)
def key_in_query(check: Check) -> None:
    key = check.steering.new_key()
    query = {check.target.key_header: check.credentials.keys[key.label], "api_key": check.credentials.keys[key.label]}
    answer = check.call("getOrganization", key=None, query=query)
    key.revoke()
    check.expect_refusal(answer, "a key in the query not to be read")


@rule("errors.401.missing", "A request without a key is refused", builds_on=[key_header], requests=1)
def missing_key(check: Check) -> None:
    check.expect_refused(check.call("getOrganization", key=None), "missing_key")


@rule("errors.401.unknown", "A key that nobody has is refused", builds_on=[key_header], requests=1)
def unknown_key(check: Check) -> None:
    headers = {check.target.key_header: check.unknown_key()}
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
    "auth.key.no_longer_valid",
    "A key that is no longer valid is refused as the contract says, of what the pages allow",
    needs=READS | {Need.REVOKED_KEY, Need.EXPIRED_KEY},
    builds_on=[revoked_key, expired_key],
    requests=2,
)
def no_longer_valid(check: Check) -> None:
    for label in "revoked", "expired":
        check.expect_status(check.call("getOrganization", key=label), check.contract.errors[f"{label}_key"].status)


@rule(
    "auth.key.revocation",
    "From the moment when it is revoked a key opens nothing",
    needs=READS | {Need.CONTROL, Need.REVOKED_KEY},
    builds_on=[revoked_key],
    requests=2,
)
def revocation(check: Check) -> None:
    key = check.steering.new_key()
    check.need_served(check.call("getOrganization", key=key.label))
    key.revoke()
    answer = check.call("getOrganization", key=key.label)
    check.expect_refusal(answer, "a key that was just revoked to open nothing")


@rule(
    "auth.key.expiry",
    "A key works until it expires, and no longer",
    needs=READS | {Need.CONTROL},
    builds_on=[key_header],
    requests=3,
    waits=2 * LIFETIME,
)
def expiry(check: Check) -> None:
    key = check.steering.new_key(expires_at=check.now() + LIFETIME)
    before = check.call("getOrganization", key=key.label)
    check.expect(before.status < 400, "a key to work until it expires", str(before), before)
    check.wait(2 * LIFETIME)
    after = check.call("getOrganization", key=key.label)
    check.expect_refusal(after, "a key that has expired to open nothing")


@rule(
    "auth.key.kinds",
    "A key does nothing on the surface that it is not made for",
    needs=READS | PLATFORM,
    builds_on=[key_header],
    requests=2,
)
def kinds(check: Check) -> None:
    platform = check.call("getOrganization", key="platform")
    check.expect_refusal(platform, "a platform key to open nothing on the public surface")
    public = check.call("listBookings", key="public")
    check.expect_refusal(public, "a public key to open nothing on the platform surface")


@rule(
    "auth.key.one_organization",
    "A key opens nothing of another organization",
    needs=READS | {Need.OTHER_KEY},
    builds_on=[key_header],
    requests=2 + SETUP,
)
def one_organization(check: Check) -> None:
    for operation in ("getOrganization", "getService"):
        answer = check.call(operation, key="other", service_slug=check.service_slug)
        check.expect_refusal(answer, "a key of another organization to open nothing")

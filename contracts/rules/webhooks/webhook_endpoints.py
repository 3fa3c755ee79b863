"""Where endpoints may be, and what their secrets look like."""

from contracts.harness.check import Check
from contracts.outcome import NotRunError
from contracts.rules.rule import rule
from contracts.rules.webhooks.webhooks import HOOKS

ELSEWHERE = "kordkit.invalid/webhooks"  # a name that nothing has (RFC 6761): whatever is sent goes nowhere


@rule("webhooks.https_only", "An endpoint beyond the machine is reached by HTTPS alone", needs=HOOKS, requests=1)
def https_only(check: Check) -> None:
    if not check.webhooks.stated.https_only:
        raise NotRunError("the contract does not say so")
    if not check.webhooks.takes(f"https://{ELSEWHERE}"):
        raise NotRunError(f"no endpoint at https://{ELSEWHERE} could be registered either")
    check.expect(not check.webhooks.takes(f"http://{ELSEWHERE}"), "an endpoint of http to be refused", "took it")


@rule("webhooks.http_on_loopback", "An endpoint on the machine itself may be of http", needs=HOOKS, requests=1)
def http_on_loopback(check: Check) -> None:
    wanted = check.webhooks.stated.http_on_loopback
    taken = check.webhooks.takes(check.webhooks.loopback)
    expected = f"an endpoint at {check.webhooks.loopback} to be {'taken' if wanted else 'refused'}"
    check.expect(taken == wanted, expected, "took it" if taken else "refused it")


@rule("webhooks.secret_prefix", "A secret that the server makes up begins as documented", needs=HOOKS, requests=1)
def secret_prefix(check: Check) -> None:
    prefix = check.webhooks.stated.secret_prefix
    with check.webhooks.endpoint() as endpoint:
        check.expect(
            endpoint.secret.startswith(prefix), f"a secret that begins with {prefix}", "made one that does not"
        )

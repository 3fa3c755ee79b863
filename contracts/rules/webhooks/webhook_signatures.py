"""How deliveries are signed, and with which secret."""

from contracts.harness.check import Check
from contracts.harness.costs import BOOKED
from contracts.observe.deliveries import header_problem, is_signed
from contracts.outcome import NotRunError
from contracts.rules.rule import rule
from contracts.rules.webhooks.webhooks import HOOKS, STORY, deliveries, signature, story


@rule(
    "webhooks.signature_form",
    "A signature is written in the form that the contract says",
    needs=HOOKS,
    builds_on=[signature],
    requests=STORY,
)
def written(check: Check) -> None:
    for one in deliveries(check):
        problem = header_problem(check.webhooks.stated, "signature", one)
        check.expect(not problem, "a signature of the form that the contract says", f"sent a delivery that {problem}")


@rule(
    "webhooks.signature",
    "A delivery is signed with its endpoint's secret",
    needs=HOOKS,
    builds_on=[written],
    requests=STORY,
)
def signed(check: Check) -> None:
    stated = check.webhooks.stated
    for one in deliveries(check):
        holds = is_signed(stated, one, story(check).secret)
        check.expect(holds, f"the signature {stated.signature.expression}", "signed a delivery otherwise")


@rule(
    "webhooks.chosen_for_each",
    "Each endpoint has a secret of its own",
    needs=HOOKS,
    builds_on=[signed],
    requests=BOOKED + 1,
)
def own_secret(check: Check) -> None:
    hooks, prefix = check.webhooks, check.webhooks.stated.secret_prefix
    with hooks.endpoint(secret=f"{prefix}kordkit_one") as one, hooks.endpoint(secret=f"{prefix}kordkit_two") as two:
        booking = check.bookings.book()
        came = {endpoint: hooks.delivered(endpoint, 1) for endpoint in (one, two)}
        check.bookings.put_back(booking)
    for endpoint, got in came.items():
        if not got:
            raise NotRunError("not both of two endpoints were told of a booking")
        holds = all(is_signed(hooks.stated, delivery, endpoint.secret) for delivery in got)
        check.expect(holds, "two endpoints with a secret each", "signed a delivery to one with another's secret")

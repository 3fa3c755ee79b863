"""What the limiter's probe is to find out, and who may ask: from the contract's policies and the keys there are."""

from collections.abc import Iterator

from contracts.spec.contract import Contract, Operation, Policy
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.request_builder import NOBODY
from loadtests.limiter.verdict import counted_by
from loadtests.probe.target import Asker, Other, Target

# Operations that can be asked any number of times without changing anything, the plainest first.
HARMLESS = (
    "getOrganization",
    "getService",
    "getAvailability",
    "listBookings",
    "lookupBooking",
    "cancelBooking",
    "createBooking",
)
LEVELS = ("documented", "inferred", "observed", "assumed")
ASKERS = 2  # of one policy: enough to see whether they share a counter
NUMBERS = 200  # confirmation numbers to spread the questions of one client over, which no other client asks for


def targets(contract: Contract, endpoint: Endpoint, data: Data) -> tuple[Target, ...]:
    """One for each policy for which there is somebody to ask: short windows first, of these what is documented.

    So whatever time a run has goes first to what can be seen in it, and to what most was promised of.
    """
    policies = contract.rate_limits.policies
    made = filter(None, (_target(contract, endpoint, data, policy) for policy in policies.values()))
    return tuple(
        sorted(made, key=lambda each: (each.window, LEVELS.index(policies[each.policy].provenance.level), each.limit))
    )


def _target(contract: Contract, endpoint: Endpoint, data: Data, policy: Policy) -> Target | None:
    drawing = [contract.operations[name] for name in HARMLESS if _draws(contract, name, policy)]
    if not drawing:
        return None
    operation = min(drawing, key=lambda each: len(each.policies))
    askers = tuple(_askers(endpoint, data, policy, operation))[:ASKERS]
    if not askers:
        return None
    others = [contract.rate_limits.policies[name] for name in operation.policies if name != policy.name]
    return Target(
        policy=policy.name,
        operation=operation.id,
        limit=policy.limit,
        window=policy.window,
        askers=askers,
        companions=tuple(each.id for each in drawing if each is not operation),
        others=tuple(Other(each.limit, each.window, counted_by(each)) for each in others),
    )


def _draws(contract: Contract, name: str, policy: Policy) -> bool:
    return name in contract.operations and policy.name in contract.operations[name].policies


def _askers(endpoint: Endpoint, data: Data, policy: Policy, operation: Operation) -> Iterator[Asker]:
    match policy.scope:
        case "key":
            for credential in endpoint.credentials:
                if _fits(operation, credential.identifier):
                    yield Asker((credential.label,), (credential.organization,))
        case "organization":
            labels: dict[str, list[str]] = {}
            for credential in endpoint.credentials:
                if _fits(operation, credential.identifier):
                    labels.setdefault(credential.organization, []).append(credential.label)
            for slug, keys in labels.items():
                yield Asker(tuple(keys), (slug,))
        case "client":
            for number, label in enumerate((NOBODY, *endpoint.sources)):
                guesses = range(number * NUMBERS, (number + 1) * NUMBERS)
                yield Asker((label,), tuple(data.unknown_number(guess, 0) for guess in guesses))
        case "confirmation_number":
            for guess in range(ASKERS):
                yield Asker((NOBODY,), (data.unknown_number(guess, 1),))


def _fits(operation: Operation, identifier: str) -> bool:
    """A platform key, which goes with an organization's id, or a public one, as the operation wants it."""
    return bool(identifier) == (operation.key_kind == "platform")

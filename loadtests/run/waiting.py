"""How long a probe takes that has to wait for windows to pass, as nobody moves the server's clock for it."""

from collections.abc import Iterable

from contracts.spec.contract import Contract, Policy
from loadtests.api.target import Target

LEAST = 900.0  # seconds that a probe may take in any case
WINDOWS = 6  # of a policy, until it is told: its rounds take five
WAITED_FOR = 600  # seconds of the longest window that is waited for; longer ones want a clock that is moved


def probe_seconds(contract: Contract, target: Target) -> float:
    """That suffice for all that can be seen: one policy after the other, each for some of its windows."""
    if target.control_url:
        return LEAST
    return max(
        LEAST, float(WINDOWS * sum(policy.window for policy in _asked(contract, target) if not _is_long(policy)))
    )


def unseen(contract: Contract, target: Target) -> tuple[str, ...]:
    """Policies whose windows nobody waits for."""
    if target.control_url:
        return ()
    return tuple(policy.name for policy in _asked(contract, target) if _is_long(policy))


def _asked(contract: Contract, target: Target) -> Iterable[Policy]:
    """Of the operations that there is a key for, or that need none."""
    platform = bool(target.organizations and target.organizations[0].platform_keys)
    names = {
        name
        for operation in contract.operations.values()
        if operation.key_kind != "platform" or platform
        for name in operation.policies
    }
    return [policy for name, policy in contract.rate_limits.policies.items() if name in names]


def _is_long(policy: Policy) -> bool:
    return policy.window > WAITED_FOR

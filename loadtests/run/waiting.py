"""How long a probe takes that has to wait for windows to pass, as nobody moves the server's clock for it."""

from contracts.spec.contract import Contract
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.target import Target
from loadtests.probe.lanes import apart
from loadtests.probe.target import Target as Probed
from loadtests.probe.targets import targets

LEAST = 900.0  # seconds that a probe may take in any case
WINDOWS = 18  # of a policy, until it is told: its rounds take five, and thrice as many if windows go by the clock
WAITED_FOR = 600  # seconds of the longest window that is waited for; longer ones want a clock that is moved


def probe_seconds(contract: Contract, target: Target) -> float:
    """That suffice for all that can be seen: in each lane one policy after the other, each for some of its windows.

    Raises TargetError for a URL that is none.
    """
    if target.control_url:
        return LEAST
    lanes = apart(_asked(contract, target))
    waited = (sum(policy.window for policy in lane if policy.window <= WAITED_FOR) for lane in lanes)
    return max(LEAST, float(WINDOWS * max(waited, default=0)))


def unseen(contract: Contract, target: Target) -> tuple[str, ...]:
    """Policies whose windows nobody waits for."""
    if target.control_url:
        return ()
    return tuple(each.policy for each in _asked(contract, target) if each.window > WAITED_FOR)


def _asked(contract: Contract, target: Target) -> tuple[Probed, ...]:
    return targets(contract, Endpoint.of(target, contract), Data(0, ""))

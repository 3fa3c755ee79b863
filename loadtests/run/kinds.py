"""What `kordkit load` can run, by name: loads, one for each scenario, and the probe of the limiter."""

from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.scenarios.catalogue import SCENARIOS, Scenario


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks on purpose and decides itself what to send when, so it takes neither a rate nor users."""

    name: str
    summary: str
    writes: bool = False


LIMITER = Probe("limiter", "Bursts, idles and bursts again to find out the rate limits.")
KINDS: Mapping[str, Scenario | Probe] = {**SCENARIOS, LIMITER.name: LIMITER}

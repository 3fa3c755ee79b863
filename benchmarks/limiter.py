"""How long the verdict on a limiter takes: `python -m benchmarks limiter`, in seconds of processor time.

As many observations as a run of `kordkit load limiter` may make, of a server that counts by one algorithm or another:
two keys ask it at a steady rate, in bursts that go beyond its limit.
"""

import random
from time import process_time

from benchmarks.report import Effort, Section, table
from contracts.spec.contract import Contract
from loadtests.limiter.verdict import judge
from loadtests.probe.asking import Planned
from tests.loadtests.limiter.simulation import Rule, Server, sent

OBSERVATIONS = 60_000  # `--max-requests` of the limiter's scenario
RATE = 40.0  # a second
KEYS = "key 1", "key 2"
ALGORITHMS = "fixed-window", "aligned-fixed-window", "sliding-window", "sliding-window-counter", "token-bucket"


def report(_: Effort) -> Section:
    contract = Contract.load()
    policy = contract.rate_limits.policies["public-general"]
    operation = "getOrganization"
    planned = [Planned(number / RATE, KEYS[number % 2], operation, "") for number in range(OBSERVATIONS)]
    rows = []
    for algorithm in ALGORITHMS:
        server = Server(algorithm, Rule(policy.limit, policy.window, (operation,)))
        observations = sent(server, planned, 1000.0, random.Random(7))
        begun = process_time()
        verdicts = judge(observations, contract)
        spent = process_time() - begun
        found = next((each.algorithm for each in verdicts if each.policy == "public-general"), None)
        rows.append((algorithm, f"{spent:.1f}", found or "not certain"))
    return Section(table(("a server that counts by", "seconds", "verdict"), rows))

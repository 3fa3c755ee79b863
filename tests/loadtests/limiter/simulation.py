"""A server that is nothing but a limiter and a clock, and a client that runs the probe against it. No sockets."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

from loadtests.limiter import Inferred, infer
from loadtests.measure.observation import Observation
from loadtests.probe.asking import Planned
from loadtests.probe.lanes import Lanes
from loadtests.probe.probing import Budget, Probe
from loadtests.probe.target import Asker, Target
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Admission, Limiter
from mockserver.ports import SECOND
from mockserver.storage.counters import MemoryCounters
from tests.loadtests.meanings import meaning

NAMES = {"limit": "X-RateLimit-Limit", "remaining": "X-RateLimit-Remaining", "reset": "X-RateLimit-Reset"}
EPOCH = 1_700_000_000  # Unix time of the server when the timeline is at 0

Headers = dict[str, str]
Amend = Callable[[Headers, Admission], Headers]


@dataclass
class Rule:
    """A policy, the operations that draw on it, and by what: "key", "subject" or "all"."""

    limit: int
    window: int
    operations: tuple[str, ...] = ("ask",)
    scope: str = "key"
    failures: bool = False
    of_key: Mapping[str, int] = field(default_factory=dict)  # limits of keys that are treated otherwise


class Server:
    def __init__(self, algorithm: str, *rules: Rule, amend: Amend = lambda headers, _: headers) -> None:
        self.limiter = Limiter(MemoryCounters(), algorithm)
        self.rules = rules
        self.amend = amend
        self.status: Mapping[str, int] = {}

    def ask(self, at: float, key: str, operation: str, subject: str) -> tuple[int, Headers]:
        now = round(at * SECOND) + EPOCH * SECOND
        charges = [
            (self._policy(number, rule, key), {"key": key, "subject": subject, "all": ""}[rule.scope])
            for number, rule in enumerate(self.rules)
            if operation in rule.operations
        ]
        admission = self.limiter.admit(charges, now)
        usage = admission.described
        headers = {
            NAMES["limit"].lower(): str(usage.policy.limit),
            NAMES["remaining"].lower(): str(usage.remaining),
            NAMES["reset"].lower(): str(usage.reset_seconds),
            "date": formatdate(math.floor(at) + EPOCH, usegmt=True),
        }
        if not admission.admitted:
            headers["retry-after"] = str(admission.retry_after)
        status = self.status.get(operation, 200) if admission.admitted else 429
        return status, self.amend(headers, admission)

    @staticmethod
    def _policy(number: int, rule: Rule, key: str) -> Policy:
        limit = rule.of_key.get(key, rule.limit)
        return Policy(f"{number} of {limit}", limit, rule.window * SECOND, rule.scope, rule.failures)


@dataclass(frozen=True)
class Network:
    """Seconds: the longest way there or back, and by how much each worker's clock may be off."""

    latency: float = 0.005
    skew: float = 0.0
    workers: int = 1


@dataclass
class Run:
    observations: list[Observation] = field(default_factory=list)
    rounds: int = 0
    seconds: float = 0.0
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def inferred(self) -> tuple[Inferred, ...]:
        return infer(self.observations)


def probed(
    server: Server,
    targets: Sequence[Target],
    seed: int,
    network: Network = Network(),
    begun: float | None = None,
    most_requests: int = 100_000,
) -> Run:
    """Everything the probe asks, until it is done, from some moment or from `begun`."""
    chance = random.Random(seed)
    begun = now = 1000.0 + chance.random() * 100 if begun is None else begun
    off = [chance.uniform(-network.skew, network.skew) for _ in range(network.workers)]
    probe, run = Probe(targets, Budget(most_requests)), Run()
    while (planned := probe.next(run.observations)) is not None:
        run.rounds += 1
        now += planned.idle + chance.uniform(0, 0.01)
        run.observations += sent(server, planned.requests, now, chance, network, off)
        now = max(seen.received for seen in run.observations)
    run.seconds, run.skipped = now - begun, probe.skipped
    return run


def probed_in_lanes(
    server: Server, targets: Sequence[Target], seed: int, most_seconds: float, *, side_by_side: bool = True
) -> Run:
    """As the coordinator does it where nobody moves the server's clock."""
    chance, network = random.Random(seed), Network()
    begun = now = 1000.0 + chance.random() * 100
    lanes, run = Lanes(targets, 100_000, most_seconds, side_by_side=side_by_side), Run()
    while now < begun + most_seconds:
        while (lane := lanes.idle) is not None:
            lanes.plan(lane, lane.decide(run.observations), now)
        if math.isinf(lanes.begins):
            break
        burst = lanes.take()
        run.observations += sent(server, burst.requests, max(burst.begin, now), chance, network)
        now = max(seen.received for seen in run.observations)
    run.seconds, run.skipped = now - begun, lanes.skipped
    return run


def sent(
    server: Server,
    requests: Sequence[Planned],
    begin: float,
    chance: random.Random,
    network: Network = Network(),
    off: Sequence[float] = (0.0,),
) -> list[Observation]:
    """The requests of a round, which reach the server in another order than they left."""
    under_way = []
    for number, request in enumerate(requests):
        left = begin + request.offset + chance.expovariate(5 / network.latency)
        under_way.append((left + chance.uniform(0.0002, network.latency), left, number))
    seen = []
    for at, left, number in sorted(under_way):
        request, worker = requests[number], number % network.workers
        status, headers = server.ask(at, request.key, request.operation, request.subject)
        seen.append(
            Observation(
                request.key,
                request.operation,
                left + off[worker] - network.skew,  # as widened by what the clock may be off
                at + chance.uniform(0.0002, network.latency) + off[worker] + network.skew,
                meaning(status),
                headers,
                request.subject,
                worker,
            )
        )
    return seen


def target(limit: int, window: int, *keys: str, operation: str = "ask", **more: object) -> Target:
    """What the contract would say; by default two keys ask."""
    askers = tuple(Asker((key,)) for key in keys or ("key 1", "key 2"))
    return Target("policy", operation, limit, window, askers, **more)  # type: ignore[arg-type]

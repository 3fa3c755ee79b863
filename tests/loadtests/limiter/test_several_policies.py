"""Operations that several policies count at once, made up by the hundred: told apart, and never told wrongly."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from loadtests.probe.target import Asker, Other, Target
from tests.effort import draws
from tests.loadtests.limiter.simulation import Network, Rule, Server, probed

ALGORITHMS = ("fixed-window", "sliding-window", "token-bucket")
KEYS = (Asker(("key 1",), ("acme",)), Asker(("key 2",), ("other",)))
NUMBERS = [tuple(f"number {index}" for index in range(begin, begin + 200)) for begin in (0, 200)]
CLIENTS = tuple(Asker((f"client {index}",), numbers) for index, numbers in enumerate(NUMBERS))

Case = tuple[list[Rule], list[Target]]
Draw = Callable[[random.Random, int, int], Case]


def nested(chance: random.Random, limit: int, window: int) -> Case:
    """A minute, an hour and perhaps a day, of whatever lengths."""
    rules = [Rule(limit, window)]
    for _ in range(chance.choice((1, 1, 2))):
        last, factor = rules[-1], 2 + 30 ** chance.random()
        most = round(last.limit * (1.5 + (factor - 1.5) * 0.8 * chance.random()))
        rules.append(Rule(max(most, last.limit + 1), round(last.window * factor)))
    return rules, [target(rule, KEYS, [other for other in rules if other is not rule]) for rule in rules]


def of_a_number(chance: random.Random, limit: int, window: int) -> Case:
    """Failures for each number beside the requests of each client."""
    failures = Rule(limit, window, scope="subject", failures=True)
    client = Rule(
        round(limit * (1.5 + 4 * chance.random())) + 1, max(2, round(window * chance.choice((1, 1.5, 3, 0.5))))
    )
    askers = (Asker(("client 0",), ("a",)), Asker(("client 0",), ("b",)))
    return [failures, client], [target(failures, askers, [client]), target(client, CLIENTS, [failures])]


def of_all_and_one(chance: random.Random, limit: int, window: int) -> Case:
    """Requests in general beside those of one operation."""
    general = Rule(
        round(limit * (1.2 + 4 * chance.random())) + 1,
        max(2, round(window * chance.choice((1, 1.5, 3, 0.5)))),
        ("get", "create"),
    )
    creation = Rule(limit, window, ("create",))
    return [general, creation], [
        replace(target(general, KEYS, []), operation="get", companions=("create",)),
        replace(target(creation, KEYS, [general]), operation="create"),
    ]


def target(rule: Rule, askers: tuple[Asker, ...], others: list[Rule]) -> Target:
    named = tuple(Other(other.limit, other.window, "key" if other.scope == "key" else "subject") for other in others)
    return Target(f"{rule.limit} per {rule.window} s", "ask", rule.limit, rule.window, askers, others=named)


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("draw", [nested, of_a_number, of_all_and_one])
def test_whatever_policies_there_are_none_is_told_wrongly(draw: Draw, part: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(part, draws(24), 2):
        chance = random.Random(seed)
        algorithm = chance.choice(ALGORITHMS)
        rules, targets = draw(chance, round(2 + 20 ** chance.random()), round(2 * 60 ** chance.random()))
        server = Server(algorithm, *rules)
        if draw is of_a_number:
            server.status = {"ask": 404}
        ordered = sorted(targets, key=lambda each: (each.window, each.limit))
        run = probed(server, ordered, seed, Network(chance.choice((0.002, 0.005, 0.02))), most_requests=3_000)
        truth = {(rule.limit, rule.window, algorithm) for rule in rules}
        told = {(each.limit, each.window, each.algorithm) for policy in run.inferred if (each := policy.hypothesis)}
        assert told <= truth, f"seed {seed}: {sorted(told - truth)}"
        outcomes["told"] += len(told)
        outcomes["there"] += len(truth)
    assert outcomes["told"] >= 0.7 * outcomes["there"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_minute_hour_and_day_take_few_requests_more_than_they_admit(algorithm: str) -> None:
    rules = [Rule(20, 60), Rule(200, 3600), Rule(2_000, 86400, scope="subject")]
    run = probed(
        Server(algorithm, *rules),
        [target(rule, KEYS, [other for other in rules if other is not rule]) for rule in rules],
        1,
    )
    assert [str(policy.hypothesis) for policy in run.inferred] == [
        f"20 per 60 s ({algorithm})",
        f"200 per 3600 s ({algorithm})",
        f"2000 per 86400 s ({algorithm})",
    ]
    assert len(run.observations) < 4 * (20 + 200 + 2_000)
    assert run.skipped == {}

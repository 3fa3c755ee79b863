"""Thousands of limiters, each probed and judged: never wrong when certain, and certain nearly always."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.limiter import infer
from loadtests.limiter.algorithms.table import alike_for_one
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.policies import Inferred
from loadtests.probe.asking import Planned
from tests.effort import draws
from tests.loadtests.limiter.simulation import Network, Rule, Server, probed, sent, target

ALGORITHMS = ("fixed-window", "sliding-window", "token-bucket")
BY_THE_CLOCK = ("aligned-fixed-window", "sliding-window-counter")


def drawn(seed: int) -> tuple[str, int, int, str, Network, int]:
    """Algorithm, limit, window, scope, network and what strangers had used; small numbers as often as great ones."""
    chance = random.Random(seed)
    limit, window = round(200 ** chance.random()), round(2 * 1800 ** chance.random())
    # So many units come back each second that no client so far away could count them: see the test on what is open.
    latency = chance.choice((0.002, 0.01, 0.05)) if limit / window < 10 else 0.002
    network = Network(latency, chance.choice((0.0, 0.0, latency / 4)), chance.choice((1, 2, 4)))
    scope = chance.choice(("key", "key", "all"))
    return chance.choice(ALGORITHMS), limit, window, scope, network, chance.choice((0, 0, limit // 3))


def outcome(inferred: tuple[Inferred, ...], algorithm: str, limit: int, window: int, scope: str) -> str:
    """Rightly certain, wrongly so, or open: then the truth must be among what is left."""
    if not inferred:
        return "open"
    (policy,) = inferred
    truth = Hypothesis(algorithm, limit, window)
    held = any(each == truth and counting.scope == scope for counting, each in policy.candidates)
    if not held:
        return "wrong" if policy.candidates else "open"
    alike = alike_for_one(algorithm)
    assert limit > 1 or {each.algorithm for each in policy.hypotheses} >= alike
    settled = policy.hypothesis is not None and len({counting.scope for counting in policy.countings}) == 1
    return "certain" if settled else "open"


def judged(seed: int, *, hint: tuple[float, float] = (1, 1)) -> str:
    algorithm, limit, window, scope, network, used = drawn(seed)
    server = Server(algorithm, Rule(limit, window, scope=scope))
    begun = 1000.0 + seed % 97 / 7
    for _ in range(used):
        server.ask(begun - window / 3, "key 1", "ask", "")
    expected = max(1, round(limit * hint[0])), max(1, round(window * hint[1]))
    run = probed(server, [target(*expected)], seed, network, begun)
    return outcome(run.inferred, algorithm, limit, window, scope)


@pytest.mark.parametrize("part", range(4))
def test_the_probe_makes_the_verdict_certain_and_it_is_right(part: int) -> None:
    outcomes = Counter(judged(seed) for seed in range(part, draws(1200, share=6), 4))
    assert outcomes["wrong"] == 0
    assert outcomes["certain"] >= 0.99 * outcomes.total()


@pytest.mark.parametrize("hint", [(1.1, 1), (0.9, 1), (1, 2), (1, 0.5), (2, 1), (0.5, 1.1)])
def test_a_server_unlike_its_contract_is_found_out_all_the_same(hint: tuple[float, float]) -> None:
    outcomes = Counter(judged(seed, hint=hint) for seed in range(12) if drawn(seed)[2] < 200)
    assert outcomes["wrong"] == 0
    assert outcomes["certain"] >= 0.8 * outcomes.total()


@pytest.mark.parametrize("algorithm", BY_THE_CLOCK)
def test_windows_aligned_to_the_clock_are_not_taken_for_others(algorithm: str) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(20):
        chance = random.Random(seed)
        limit, window = chance.randint(1, 60), chance.randint(2, 60)
        run = probed(Server(algorithm, Rule(limit, window)), [target(limit, window)], seed)
        outcomes[outcome(run.inferred, algorithm, limit, window, "key")] += 1
    assert outcomes["wrong"] == 0
    assert outcomes["certain"] >= 0.9 * outcomes.total()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    algorithm=st.sampled_from([*ALGORITHMS, *BY_THE_CLOCK]),
    limit=st.integers(1, 6),
    window=st.integers(1, 8),
    pauses=st.lists(st.tuples(st.floats(0, 6), st.integers(1, 9)), min_size=6, max_size=25),
    latency=st.sampled_from([0.002, 0.05, 0.4]),
    seed=st.integers(0, 1000),
)
def test_whatever_is_asked_the_truth_is_never_struck_out(
    algorithm: str, limit: int, window: int, pauses: list[tuple[float, int]], latency: float, seed: int
) -> None:
    requests, at = [], 0.0
    for pause, count in pauses:
        at += pause
        requests += [Planned(at + 0.001 * number, "key 1", "ask", "") for number in range(count)]
    server = Server(algorithm, Rule(limit, window))
    seen = sent(server, requests, 100.3, random.Random(seed), Network(latency))
    refused = [each.sent for each in seen if each.refused]
    if not refused or max(refused) - min(each.received for each in seen) < 2 * window:
        return  # too short a run to have seen the window twice
    for policy in infer(seen):
        assert Hypothesis(algorithm, limit, window) in policy.hypotheses


def test_what_is_too_fast_for_the_distance_stays_open_and_says_why() -> None:
    run = probed(Server("token-bucket", Rule(60, 2)), [target(60, 2)], 1, Network(0.2))
    (policy,) = run.inferred
    assert policy.hypothesis is None
    assert run.skipped


def test_nothing_refused_is_nothing_inferred() -> None:
    run = probed(Server("fixed-window", Rule(10_000, 60)), [target(10, 60)], 1, most_requests=3_000)
    assert run.inferred == ()
    assert "more requests than the run may send" in run.skipped["policy"]

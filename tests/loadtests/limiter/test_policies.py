"""Several policies at once: each is told from the others, with what it counts and for whom."""

import random
import time

import pytest

from contracts.spec.contract import Contract
from loadtests.limiter import Inferred, judge
from loadtests.limiter.stream import stretch
from loadtests.measure.observation import Observation
from loadtests.probe.asking import Planned
from loadtests.probe.target import Asker, Other, Target
from tests.loadtests.limiter.simulation import Rule, Run, Server, probed, sent, target
from tests.loadtests.meanings import meaning

KEYS = (Asker(("key 1",), ("acme",)), Asker(("key 2",), ("acme",)))


def told(policy: Inferred) -> tuple[str, set[str], set[str]]:
    """Hypothesis, scopes, and what counts."""
    scopes = {counting.scope for counting in policy.countings}
    return str(policy.hypothesis), {str(each) for each in scopes}, {counting.counts for counting in policy.countings}


@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_minute_and_hour_on_one_operation(algorithm: str) -> None:
    server = Server(algorithm, Rule(10, 60), Rule(50, 3600))
    targets = [
        Target("minute", "ask", 10, 60, KEYS),
        Target("hour", "ask", 50, 3600, KEYS, others=(Other(10, 60),)),
    ]
    minute, hour = probed(server, targets, 1).inferred
    assert told(minute) == (f"10 per 60 s ({algorithm})", {"key"}, {"requests"})
    assert f"50 per 3600 s ({algorithm})" in set(map(str, hour.hypotheses))
    assert hour.hypothesis or algorithm == "token-bucket", "of a bucket, one second of an hour may stay open"
    assert {(counting.scope, counting.counts) for counting in hour.countings} == {("key", "requests")}


def test_a_day_that_an_organization_shares_beside_the_minute_of_each_key() -> None:
    server = Server("fixed-window", Rule(10, 60), Rule(120, 86400, scope="subject"))
    shared = (Asker(("key 1", "key 2"), ("acme",)), Asker(("key 3",), ("other",)))
    targets = [
        Target("minute", "ask", 10, 60, KEYS),
        Target("day", "ask", 120, 86400, shared, others=(Other(10, 60),)),
    ]
    *_, day = probed(server, targets, 1).inferred
    assert told(day) == ("120 per 86400 s (fixed-window)", {"subject"}, {"requests"})


def test_a_day_used_up_while_the_minute_is_asked_is_not_taken_for_something_else() -> None:
    server = Server("fixed-window", Rule(10, 60), Rule(40, 86400, scope="subject"))
    targets = [
        Target("minute", "ask", 10, 60, KEYS),
        Target("day", "ask", 40, 86400, KEYS[:1], others=(Other(10, 60),)),
    ]
    for policy in probed(server, targets, 1).inferred:
        assert str(policy.hypothesis) in ("None", "10 per 60 s (fixed-window)", "40 per 86400 s (fixed-window)")


@pytest.mark.parametrize("algorithm", ["fixed-window", "token-bucket"])
def test_failures_of_a_number_beside_the_requests_of_a_client(algorithm: str) -> None:
    server = Server(
        algorithm, Rule(60, 60, ("look", "cancel"), "all"), Rule(10, 60, ("look", "cancel"), "subject", failures=True)
    )
    server.status = {"look": 403, "cancel": 403}
    numbers = tuple(f"number {index}" for index in range(200))
    targets = [
        Target("verification", "look", 10, 60, (Asker(("client",), ("a",)), Asker(("client",), ("b",))), ("cancel",)),
        Target("client", "look", 60, 60, (Asker(("client",), numbers),), ("cancel",)),
    ]
    verification, client = probed(server, targets, 1).inferred
    assert told(verification) == (f"10 per 60 s ({algorithm})", {"subject"}, {"requests"})
    assert told(client)[:2] == (f"60 per 60 s ({algorithm})", {"key", "all"}), "one client cannot tell"


@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_a_number_and_its_client_with_little_between_them(algorithm: str) -> None:
    server = Server(algorithm, Rule(7, 3, ("look",)), Rule(3, 2, ("look",), "subject", failures=True))
    server.status = {"look": 404}
    numbers = tuple(f"number {index}" for index in range(200))
    askers = (Asker(("client",), ("a",)), Asker(("client",), ("b",)))
    targets = [
        Target("verification", "look", 3, 2, askers, others=(Other(7, 3),)),
        Target("client", "look", 7, 3, (Asker(("client",), numbers),), others=(Other(3, 2, "subject"),)),
    ]
    verification, client = probed(server, targets, 1).inferred
    assert told(verification)[:2] == (f"3 per 2 s ({algorithm})", {"subject"})
    assert told(client)[:2] == (f"7 per 3 s ({algorithm})", {"key", "all"}), "one client cannot tell"


def test_a_probe_that_does_not_know_of_the_other_policy_is_not_misled() -> None:
    server = Server("fixed-window", Rule(7, 3, ("look",)), Rule(3, 2, ("look",), "subject", failures=True))
    server.status = {"look": 404}
    numbers = tuple(f"number {index}" for index in range(200))
    targets = [
        Target("verification", "look", 3, 2, (Asker(("client",), ("a",)), Asker(("client",), ("b",)))),
        Target("client", "look", 7, 3, (Asker(("client",), numbers),)),
    ]
    truth = {"7 per 3 s (fixed-window)", "3 per 2 s (fixed-window)"}
    for policy in probed(server, targets, 1).inferred:
        left = set(map(str, policy.hypotheses))
        assert not left or left & truth, "what is left does not hold the truth"


def test_matches_do_not_count_where_failures_do() -> None:
    def rounds(status: int, begin: float) -> list[Observation]:
        """Ten in 60 s count if they failed: the eleventh failure, and anything after it, is refused."""
        seen = []
        for number in range(14):
            at = begin + number * 0.1
            refused = status == 403 and number >= 10
            seen.append(Observation("client", "look", at, at + 0.01, meaning(429 if refused else status), {}, "a"))
        return seen

    late = [Observation("client", "look", at, at + 0.01, "rate limited", {}, "a") for at in (59.5, 259.5)]
    run = Run([*rounds(403, 0.0), late[0], *rounds(200, 61.0), *rounds(403, 200.0), late[1], *rounds(403, 261.0)])
    (policy,) = run.inferred
    assert {counting.counts for counting in policy.countings} == {"failures"}
    assert {each.limit for each in policy.hypotheses} == {10}


def test_requests_without_an_answer_end_a_stretch() -> None:
    def one(at: float, status: int) -> Observation:
        return Observation("key 1", "ask", at, at + 0.5, meaning(status), {})

    seen = [one(0, 200), one(1, 200), one(1.4, 200), one(1.8, 0), one(2.2, 200), one(3, 200), one(4, 429)]
    assert [each.sent for each in stretch(seen)] == [0, 1], "nor what was under way at the same time"


def test_lost_answers_do_not_lead_astray() -> None:
    run = probed(Server("fixed-window", Rule(10, 60)), [target(10, 60)], 3)
    seen = list(run.observations)
    for index in range(5, len(seen), 40):
        lost = seen[index]
        seen[index] = Observation(lost.key, lost.operation, lost.sent, lost.received + 5, "no answer", {})
    for policy in Run(seen).inferred:
        assert policy.hypothesis is None or str(policy.hypothesis) == "10 per 60 s (fixed-window)"


def test_a_server_that_loses_every_other_answer_is_judged_all_the_same() -> None:
    """Between two that nobody can tell of, refusals stand alone."""
    run = probed(Server("fixed-window", Rule(10, 60)), [target(10, 60)], 3)
    seen = list(run.observations)
    for index in range(0, len(seen), 2):
        lost = seen[index]
        seen[index] = Observation(lost.key, lost.operation, lost.sent, lost.received, "no answer", {})
    assert all(policy.hypothesis is None for policy in Run(seen).inferred)


def test_ten_thousand_requests_are_judged_in_a_second_or_two() -> None:
    server, chance = Server("fixed-window", Rule(60, 60, ("getOrganization",))), random.Random(1)
    requests = [Planned(number * 0.2, f"key {number % 2}", "getOrganization", "") for number in range(10_000)]
    seen = sent(server, requests, 1000.0, chance)
    began = time.process_time()
    (general,) = judge(seen, Contract.load())
    assert time.process_time() - began < 3
    assert (general.limit, general.window, general.agrees, general.headers_truthful) == (60, 60, True, True)

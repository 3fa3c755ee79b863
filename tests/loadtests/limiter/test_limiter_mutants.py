"""Limiters with one defect each, beside the contract's words: the verdict names it. An honest one passes."""

import random
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import pytest

from contracts.spec.contract import Contract
from loadtests.limiter import Verdict, judge
from loadtests.limiter.fairness import fairness
from loadtests.probe.asking import Planned
from loadtests.probe.target import Asker, Target
from mockserver.limits.limiter import Admission
from tests.loadtests.limiter.simulation import Amend, Headers, Network, Rule, Run, Server, probed, sent

CONTRACT = Contract.load()
PUBLIC = ("getOrganization", "getService", "getAvailability", "createBooking")
KEYS = (Asker(("key 1",)), Asker(("key 2",)))
GENERAL = Target("public-general", "getOrganization", 60, 60, KEYS, PUBLIC[1:])
CREATION = Target("creation", "createBooking", 10, 60, KEYS)
PLATFORM_KEYS = (Asker(("key 1",), ("acme",)), Asker(("key 2",), ("acme",)), Asker(("key 3",), ("other",)))
MINUTE = Target("platform-minute", "listBookings", 100, 60, PLATFORM_KEYS)

LIMIT, REMAINING, RESET = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"


def shifted(name: str, by: int) -> Amend:
    def amend(headers: Headers, admission: Admission) -> Headers:
        return {**headers, name: str(max(0, int(headers[name]) + by))} if name in headers else headers

    return amend


def public(general: int = 60) -> tuple[Rule, Rule]:
    return Rule(general, 60, PUBLIC), Rule(10, 60, ("createBooking",))


def verdicts(run: Run) -> dict[str, Verdict]:
    return {verdict.policy: verdict for verdict in judge(run.observations, CONTRACT)}


def of_creation(rule: Rule, algorithm: str = "fixed-window", amend: Amend = lambda headers, _: headers) -> Verdict:
    return verdicts(probed(Server(algorithm, rule, amend=amend), [CREATION], 2))["creation"]


def of_public(rules: Sequence[Rule], seed: int = 1) -> dict[str, Verdict]:
    return verdicts(probed(Server("fixed-window", *rules), [CREATION, GENERAL], seed, Network(0.01)))


@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_keys_that_one_policy_explains_are_treated_alike_whenever_they_asked(algorithm: str) -> None:
    found = verdicts(probed(Server(algorithm, *public()), [CREATION, GENERAL], 1, Network(0.03)))
    assert [(verdict.certain, verdict.fair) for verdict in found.values()] == [(True, True)] * 2


@pytest.mark.parametrize("seed", range(3))
def test_an_honest_limiter_is_found_honest(seed: int) -> None:
    found = of_public(public(), seed=seed)
    assert list(found) == ["public-general", "creation"]
    for verdict, limit in zip(found.values(), (60, 10), strict=True):
        assert verdict.findings == ()
        assert (verdict.limit, verdict.window, verdict.algorithm) == (limit, 60, "fixed-window")
        assert (verdict.certain, verdict.agrees, verdict.headers_truthful, verdict.fair) == (True, True, True, True)
        assert (verdict.scope, verdict.outcome) == ("key", "kept")
    assert found["public-general"].operations == tuple(sorted(PUBLIC)), "a creation counts in general, too"


@pytest.mark.parametrize("by", [-1, 1])
def test_one_more_or_less_than_promised(by: int) -> None:
    verdict = of_public(public(general=60 + by))["public-general"]
    assert (verdict.limit, verdict.agrees, verdict.outcome) == (60 + by, False, "broken")
    assert verdict.sentence == (
        f"{60 + by} per 60 s per key (fixed-window); but the contract says 60 per 60 s per key (fixed-window)"
        + "".join(f"; {finding}" for finding in verdict.findings)
    )


@pytest.mark.parametrize("by", [-1, 1])
def test_a_window_one_second_shorter_or_longer(by: int) -> None:
    verdict = of_creation(Rule(10, 60 + by, ("createBooking",)))
    assert (verdict.limit, verdict.window, verdict.agrees, verdict.outcome) == (10, 60 + by, False, "broken")


@pytest.mark.parametrize("algorithm", ["sliding-window", "token-bucket"])
def test_another_algorithm(algorithm: str) -> None:
    verdict = of_creation(Rule(10, 60, ("createBooking",)), algorithm)
    assert (verdict.algorithm, verdict.agrees, verdict.headers_truthful) == (algorithm, False, True)
    assert (verdict.outcome, verdict.level) == ("note", "documented"), "the algorithm is no more than assumed"
    assert verdict.sentence == (
        f"10 per 60 s per key ({algorithm}); as the contract says but for the algorithm, of which it says"
        " 10 per 60 s per key (fixed-window)"
    )


@pytest.mark.parametrize(("level", "outcome"), [("documented", "broken"), ("inferred", "warning"), ("assumed", "note")])
def test_what_a_difference_weighs_follows_from_where_the_contract_has_it(level: str, outcome: str) -> None:
    document = deepcopy(CONTRACT.document)
    document["x-rate-limits"]["policies"]["creation"]["x-provenance"]["level"] = level
    run = probed(Server("fixed-window", Rule(9, 60, ("createBooking",))), [CREATION], 2)
    (verdict,) = (each for each in judge(run.observations, Contract(document)) if each.policy == "creation")
    assert (verdict.limit, verdict.outcome, verdict.level) == (9, outcome, level)
    amended = probed(
        Server("fixed-window", Rule(10, 60, ("createBooking",)), amend=shifted(REMAINING, 1)), [CREATION], 2
    )
    (liar,) = (each for each in judge(amended.observations, Contract(document)) if each.policy == "creation")
    assert liar.outcome == "broken", "whatever is documented: whoever reads it is lied to"


def test_an_algorithm_that_is_documented_is_broken_where_it_is_another() -> None:
    document = deepcopy(CONTRACT.document)
    document["x-rules"]["limits.algorithm"]["x-provenance"]["level"] = "documented"
    run = probed(Server("token-bucket", Rule(10, 60, ("createBooking",))), [CREATION], 2)
    (verdict,) = (each for each in judge(run.observations, Contract(document)) if each.policy == "creation")
    assert verdict.outcome == "broken"


def test_not_determined_is_never_at_the_same_time_broken() -> None:
    """A window far longer than the run: what is wrong is said, and nothing is called undetermined beside it."""
    stuck = verdicts(probed(Server("fixed-window", Rule(10, 1_000_000, ("createBooking",))), [CREATION], 1))["creation"]
    assert "not determined" not in stuck.sentence
    some = probed(Server("fixed-window", Rule(9, 60, ("createBooking",))), [CREATION], 2).observations[:30]
    (open_,) = (each for each in judge(some, CONTRACT) if each.policy == "creation")
    assert (open_.certain, open_.outcome) == (False, "not judged")
    assert open_.sentence.startswith("not determined: ")


def test_a_counter_that_keys_share() -> None:
    verdict = of_creation(Rule(10, 60, ("createBooking",), "all"))
    assert (verdict.scope, verdict.fair, verdict.outcome) == ("all", False, "broken")
    assert "one counter for all, where the contract has one per key" in verdict.findings


def test_a_counter_that_keys_of_one_organization_share() -> None:
    run = probed(Server("fixed-window", Rule(100, 60, ("listBookings",), "subject")), [MINUTE], 1)
    verdict = verdicts(run)["platform-minute"]
    assert (verdict.scope, verdict.agrees) == ("organization", False)


def test_a_key_that_gets_less_than_another() -> None:
    verdict = of_creation(Rule(10, 60, ("createBooking",), of_key={"key 2": 5}))
    assert (verdict.fair, verdict.outcome) == (False, "broken")
    assert re.search(r"key 1 was admitted \d+ times, key 2 \d+", verdict.sentence)


@pytest.mark.parametrize(
    ("name", "by"),
    [(LIMIT, 1), (LIMIT, -1), (REMAINING, 1), (REMAINING, -1), (RESET, 1), (RESET, -1)],
)
@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_a_header_that_is_off_by_one(algorithm: str, name: str, by: int) -> None:
    verdict = of_creation(Rule(10, 60, ("createBooking",)), algorithm, shifted(name, by))
    assert verdict.headers_truthful is False
    assert any(name in finding.lower() for finding in verdict.findings), verdict.findings


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_a_retry_after_that_is_one_second_off(algorithm: str, by: int) -> None:
    verdict = of_creation(Rule(10, 60, ("createBooking",)), algorithm, shifted("retry-after", by))
    assert (verdict.headers_truthful, verdict.outcome) == (False, "broken")
    (finding,) = verdict.findings
    assert finding.startswith("Retry-After is wrong in")


def test_a_key_that_was_asked_for_more_is_not_treated_worse() -> None:
    together = [Planned(number * 0.001, key, "ask", "") for number in range(12) for key in ("key 1", "key 2")]
    alone = [Planned(90.0 + number, "key 1", "ask", "") for number in range(10)]
    again = [Planned(110.0, key, "ask", "") for key in ("key 1", "key 2") for _ in range(5)]
    seen = sent(Server("fixed-window", Rule(10, 60)), [*together, *alone, *again], 1000.0, random.Random(1))
    assert fairness("ask", seen).fair


def test_a_key_whose_answers_were_lost_is_not_treated_worse() -> None:
    together = [Planned(number * 0.001, key, "ask", "") for number in range(12) for key in ("key 1", "key 2")]
    seen = sent(Server("fixed-window", Rule(10, 60)), together, 1000.0, random.Random(1))
    assert fairness("ask", seen).fair
    lost = [replace(one, meaning="no answer") if one.key == "key 1" else one for one in seen]
    assert fairness("ask", lost).fair is None


def test_a_window_that_is_never_reset() -> None:
    run = probed(Server("fixed-window", Rule(10, 1_000_000, ("createBooking",))), [CREATION], 1)
    verdict = verdicts(run)["creation"]
    assert (verdict.certain, verdict.agrees, verdict.outcome) == (False, False, "broken")
    assert re.search(r"refused up to \d+ s after the last that was admitted", verdict.sentence)
    assert run.skipped


def test_what_was_used_before_is_declared_and_changes_nothing() -> None:
    server = Server("fixed-window", Rule(10, 60, ("createBooking",)))
    for _ in range(4):
        server.ask(1000.0, "key 1", "createBooking", "")
    run = probed(server, [CREATION], 7, begun=1010.0)
    verdict = verdicts(run)["creation"]
    assert (verdict.certain, verdict.agrees, verdict.limit, verdict.findings) == (True, True, 10, ())
    assert verdict.reason == "4 of 10 were in use when the run began, and were waited out"


def test_policies_that_nothing_reached_say_what_would() -> None:
    run = probed(Server("fixed-window", Rule(100, 60, ("listBookings",))), [MINUTE], 1)
    found = verdicts(run)
    assert found["platform-minute"].agrees
    day = found["platform-day"]
    assert (day.reached, day.certain, day.outcome) == (False, False, "no case")
    assert "more than 10000 within 86400 s by one organization would show it" in day.reason
    assert "--control" in day.reason

"""Without a clock that is moved: policies that have nothing to do with each other are asked for side by side."""

import pytest

from contracts.spec.contract import Contract
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.target import Organization, Target
from loadtests.limiter import judge
from loadtests.probe.asking import Planned
from loadtests.probe.lanes import LULL, Lanes, apart
from loadtests.probe.rounds import Round
from loadtests.probe.targets import targets
from loadtests.run.waiting import probe_seconds
from tests.loadtests.limiter.simulation import Rule, Run, Server, probed_in_lanes, target

CONTRACT = Contract.load()
SERVER = Target(
    "http://127.0.0.1:9",
    (
        Organization("acme", id="org_1", keys=("a",), platform_keys=("b",)),
        Organization("other", id="org_2", keys=("c",), platform_keys=("d",)),
    ),
)
TARGETS = targets(CONTRACT, Endpoint.of(SERVER, CONTRACT), Data(7, "run"))
SHORT = ["creation", "public-general", "platform-minute", "verification", "self-service"]


def server(algorithm: str) -> Server:
    """With the limits of the contract, and answers that the probe's questions deserve."""
    rules = []
    for name, policy in CONTRACT.rate_limits.policies.items():
        operations = tuple(each.id for each in CONTRACT.operations.values() if name in each.policies)
        scope = "key" if policy.scope in ("key", "client") else "subject"
        rules.append(Rule(policy.limit, policy.window, operations, scope, policy.counts == "failed_verifications"))
    made = Server(algorithm, *rules)
    made.status = {"lookupBooking": 404, "cancelBooking": 404, "createBooking": 422}
    return made


def outcomes(run: Run) -> dict[str, str]:
    return {verdict.policy: verdict.outcome for verdict in judge(run.observations, CONTRACT)}


def test_who_shares_neither_operation_nor_key_is_asked_for_side_by_side() -> None:
    groups = [{target.policy for target in group} for group in apart(TARGETS)]
    assert groups == [
        {"creation", "public-general"},
        {"platform-minute", "platform-hour", "platform-day"},
        {"verification", "self-service"},
    ]
    assert [target.policy for group in apart(TARGETS) for target in group if target.policy in SHORT] == SHORT


def test_one_key_or_one_operation_in_common_is_one_lane() -> None:
    ask, look = target(10, 60, "a"), target(10, 60, "b", operation="look")
    assert len(apart([ask, look])) == 2
    assert apart([ask, look, target(5, 60, "b")]) == [(ask, look, target(5, 60, "b"))], "its key and its operation"
    assert len(apart([ask, target(10, 60, "a", operation="look")])) == 1


@pytest.mark.parametrize("algorithm", ["fixed-window", "token-bucket"])
def test_the_time_that_is_said_beforehand_suffices_for_all_that_can_be_seen_in_it(algorithm: str) -> None:
    seconds = probe_seconds(CONTRACT, SERVER)
    run = probed_in_lanes(server(algorithm), TARGETS, 1, seconds)
    found = outcomes(run)
    assert run.seconds < seconds / 2, "other algorithms take up to twice as long"
    assert [found[policy] for policy in SHORT] == ["kept" if algorithm == "fixed-window" else "note"] * len(SHORT)
    assert set(run.skipped) == {"platform-hour", "platform-day"}


def test_side_by_side_takes_the_time_of_the_longest_lane_and_no_more_requests() -> None:
    rules = [Rule(10, 60, ("ask",)), Rule(7, 50, ("look",)), Rule(5, 60, ("list",))]
    asked = [
        target(rule.limit, rule.window, key, operation=operation)
        for rule, key in zip(rules, "abc", strict=True)
        for operation in rule.operations
    ]
    beside, after = (
        probed_in_lanes(Server("fixed-window", *rules), asked, 1, 3_600, side_by_side=each) for each in (True, False)
    )
    told = {f"{rule.limit} per {rule.window} s (fixed-window)" for rule in rules}
    assert {str(policy.hypothesis) for policy in beside.inferred} == told
    assert {str(policy.hypothesis) for policy in after.inferred} == told
    assert beside.seconds < 0.5 * after.seconds
    assert len(beside.observations) < 1.2 * len(after.observations)


def test_bursts_of_lanes_that_are_due_at_the_same_time_are_sent_as_one() -> None:
    lanes = Lanes([target(3, 60, "a"), target(3, 60, "b", operation="look")], 1_000, 600, side_by_side=True)
    for offset, name in ((0.0, "ask"), (1.0, "look")):
        lane = lanes.idle
        assert lane is not None
        requests = tuple(Planned(each, name, name, "") for each in (0.0, 0.5, 30.0))
        lanes.plan(lane, Round(name, offset, requests), 100.0)
    assert lanes.idle is None
    assert lanes.begins == 100.0
    first, second = lanes.take(), lanes.take()
    assert (first.begin, second.begin) == (100.0, 130.0)
    assert [(each.offset, each.operation) for each in first.requests] == [
        (0.0, "ask"),
        (0.5, "ask"),
        (1.0, "look"),
        (1.5, "look"),
    ]
    assert first.policies == second.policies == {"ask", "look"}
    assert first.end + LULL < second.begin


def test_lanes_share_the_requests_that_a_run_may_send() -> None:
    some = [target(10, 60, "a"), target(10, 60, "b", operation="look")]
    lanes = Lanes(some, 50, 600, side_by_side=True)
    while (lane := lanes.idle) is not None:
        lanes.plan(lane, lane.decide([]), 0.0)
    assert lanes.asked, "the first has had enough for a round of 37"
    assert list(lanes.skipped.values()) == ["it takes 37 more requests than the run may send"]

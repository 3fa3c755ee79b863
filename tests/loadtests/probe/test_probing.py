"""What the probe plans: bounded, by all keys, and no more than it takes."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from loadtests.measure.observation import Observation
from loadtests.probe.asking import Planned
from loadtests.probe.probing import MOST_ROUNDS, Probe, rest
from loadtests.probe.rounds import Round
from loadtests.probe.target import Asker, Other, Target
from tests.loadtests.limiter.simulation import Rule, Server, probed, target
from tests.loadtests.meanings import meaning


def first(*targets: Target) -> tuple[Planned, ...]:
    planned = Probe(targets).next([])
    assert planned is not None
    return planned.requests


def test_rounds_are_ordered_and_start_at_nothing() -> None:
    requests = first(target(10, 60))
    assert requests[0].offset == 0
    assert all(before.offset <= after.offset for before, after in pairwise(requests))
    assert {request.key for request in requests} == {"key 1", "key 2"}


def test_the_second_key_asks_when_the_first_has_used_up_its_own() -> None:
    requests = first(target(10, 60))
    burst = [request.key for request in requests if request.offset < 1]
    assert burst[:13] == ["key 1"] * 13
    assert burst[13:26] == ["key 2"] * 13


def test_requests_are_bounded_and_what_is_left_out_is_said() -> None:
    run = probed(Server("fixed-window", Rule(10, 60)), [target(10, 60)], 1, most_requests=80)
    assert len(run.observations) <= 80
    assert "more requests than the run may send" in run.skipped["policy"]


def test_time_is_bounded_and_what_is_left_out_is_said() -> None:
    probe = Probe([target(10, 3600)], most_seconds=600)
    assert probe.next([]) is None
    assert probe.skipped == {"policy": "it takes 3601 s, which the run has not left"}


def test_a_server_that_is_as_it_should_be_takes_few_rounds() -> None:
    run = probed(Server("fixed-window", Rule(60, 60)), [target(60, 60)], 1)
    assert run.rounds <= 3
    assert run.seconds < 500
    assert run.skipped == {}


def test_a_server_that_makes_no_sense_is_not_asked_for_ever() -> None:
    chance = random.Random(1)

    class Moody(Server):
        def ask(self, at: float, key: str, operation: str, subject: str) -> tuple[int, dict[str, str]]:
            return chance.choice((200, 429, 429)), {}

    run = probed(Moody("fixed-window", Rule(4, 20)), [target(4, 20)], 1)
    assert run.rounds <= MOST_ROUNDS
    assert all(policy.hypothesis is None for policy in run.inferred)
    assert run.skipped


def test_one_target_after_the_other() -> None:
    server = Server("fixed-window", Rule(10, 60, ("ask",)), Rule(5, 20, ("look",)))
    run = probed(server, [target(10, 60), target(5, 20, operation="look")], 1)
    operations = [seen.operation for seen in run.observations]
    assert operations == sorted(operations)
    assert {str(policy.hypothesis) for policy in run.inferred} == {
        "10 per 60 s (fixed-window)",
        "5 per 20 s (fixed-window)",
    }


def test_shorter_policies_are_not_reached_on_the_way_to_a_longer_one() -> None:
    hour = Target("hour", "ask", 100, 3600, (Asker(("key 1",)),), others=(Other(10, 60),))
    offsets = [request.offset for request in first(hour)]
    for index in range(len(offsets) - 10):
        assert offsets[index + 10] - offsets[index] > 60 or offsets[index] > 3599 - 60 or index > 85


def test_of_several_shorter_policies_none_is_reached() -> None:
    paces = (Other(10, 60), Other(50, 3600))
    offsets: dict[str, list[float]] = {}
    for request in first(Target("day", "ask", 120, 86400, (Asker(("key 1",)), Asker(("key 2",))), others=paces)):
        offsets.setdefault(request.key, []).append(request.offset)
    for asked in offsets.values():
        for limit, window, _ in paces:
            assert all(late - early > window for early, late in zip(asked, asked[limit:], strict=False))


def test_a_round_waits_for_what_the_policies_of_its_operation_still_remember() -> None:
    minute = Target("minute", "ask", 10, 60, (Asker(("key 1",)),), others=(Other(40, 3600),))
    planned = Round("minute", 30.0, tuple(Planned(0.1 * number, "key 1", "ask", "") for number in range(13)))

    def used(count: int, key: str, status: int = 200) -> list[Observation]:
        return [Observation(key, "ask", 100.0, 100.5, meaning(status), {}) for _ in range(count)]

    assert rest(minute, planned, []) == 0
    assert rest(minute, planned, used(27, "key 1")) == 0
    assert rest(minute, planned, used(28, "key 1")) > 3600, "and 13 are planned"
    assert rest(minute, planned, used(40, "key 2")) == 0, "another key's"
    assert rest(minute, planned, used(40, "key 1", 429)) == 0, "a refusal costs nothing"
    assert rest(minute, planned, [*used(40, "key 1"), Observation("key 2", "ask", 3800.0, 3800.1, "success", {})]) == 0


def test_where_asking_is_dear_the_second_key_only_shows_that_it_has_its_own() -> None:
    hour = Target("hour", "ask", 100, 3600, (Asker(("key 1",)), Asker(("key 2",))), others=(Other(10, 60),))
    asked = Counter(request.key for request in first(hour))
    assert asked["key 1"] > 300
    assert asked["key 2"] == 2


def test_a_policy_too_near_another_is_used_up_once_in_a_round() -> None:
    near = Target("minute", "ask", 16, 70, (Asker(("key 1",)),), others=(Other(21, 210),))
    assert near.is_tight
    run = probed(Server("fixed-window", Rule(16, 70), Rule(21, 210)), [near], 1)
    (policy,) = run.inferred
    assert str(policy.hypothesis) == "16 per 70 s (fixed-window)"


@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window"])
def test_an_hour_beside_a_minute_takes_two_rounds(algorithm: str) -> None:
    run = probed(
        Server(algorithm, Rule(20, 60), Rule(200, 3600)),
        [
            target(20, 60),
            target(200, 3600, others=(Other(20, 60),)),
        ],
        1,
    )
    assert {str(policy.hypothesis) for policy in run.inferred} == {
        f"20 per 60 s ({algorithm})",
        f"200 per 3600 s ({algorithm})",
    }
    assert len(run.observations) < 12 * 200
    assert run.skipped == {}


def test_nobody_to_ask_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nobody can ask for day"):
        Target("day", "ask", 10, 60, ())

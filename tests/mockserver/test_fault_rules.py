"""For which requests a fault fires: a pure function of the rule and of what has matched it so far."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.domain.faults import LONGEST, Action, Fault, Match

REQUESTS = 1000


def fault(**rule: Any) -> Fault:
    return Fault.of({"action": {"kind": "response-lost"}, **rule})


def fired(rule: Fault, requests: int = 12) -> list[int]:
    """The numbers of those that are."""
    found: list[int] = []
    for number in range(1, requests + 1):
        if rule.fires(number, len(found)):
            found.append(number)
    return found


def test_a_fault_fires_for_every_request_until_it_is_removed() -> None:
    assert fired(fault()) == list(range(1, 13))


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ({"times": 3}, [1, 2, 3]),
        ({"every": 4}, [4, 8, 12]),
        ({"every": 4, "times": 2}, [4, 8]),
    ],
)
def test_the_first_ones_every_nth_and_both(rule: dict[str, int], numbers: list[int]) -> None:
    assert fired(fault(**rule)) == numbers


def test_the_same_seed_fires_for_the_same_requests_and_another_seed_others() -> None:
    one, again, other = (fired(fault(probability=0.2, seed=seed), REQUESTS) for seed in (1, 1, 2))
    assert one == again != other
    assert 150 < len(one) < 250


def test_times_counts_firing_not_matching() -> None:
    often = fired(fault(probability=0.2, seed=1), REQUESTS)
    assert fired(fault(probability=0.2, seed=1, times=5), REQUESTS) == often[:5]


def delays(**action: float) -> list[float]:
    latency = Action(kind="latency", **action)  # type: ignore[arg-type]  # names of members
    return sorted(latency.delay(3, number) for number in range(REQUESTS))


def test_latencies_are_fixed_uniform_or_lognormal() -> None:
    assert set(delays(seconds=0.3)) == {0.3}
    uniform = delays(min=1, max=3)
    assert 1 <= uniform[0] < 1.02
    assert 2.98 < uniform[-1] <= 3
    assert 1.9 < uniform[REQUESTS // 2] < 2.1
    lognormal = delays(median=0.2, sigma=0.5)
    assert 0.18 < lognormal[REQUESTS // 2] < 0.22
    assert 0.29 < lognormal[REQUESTS * 84 // 100] < 0.37, "a standard deviation above the median: 0.2 e^0.5"
    assert max(delays(median=LONGEST, sigma=9)) == LONGEST


@dataclass(frozen=True)
class Asking:
    operation: str
    organization: str
    key_id: str
    header: Callable[[str], str | None]
    method: str = "POST"
    path: str = "/api/calendar/v1/public/bookings"


def test_what_has_everything_that_is_named_matches() -> None:
    asked = Asking("createBooking", "acme-salon", "key_1", {"X-Test": "7"}.get)
    for named in (
        {},
        {"operation": "createBooking"},
        {"organization": "acme-salon", "key": "key_1"},
        {"header": {"X-Test": "7"}},
    ):
        assert Match(**named).fits(asked), named
    for named in ({"operation": "getService"}, {"organization": "harbor-clinic"}, {"key": "key_2"}):
        assert not Match(**named).fits(asked), named  # type: ignore[arg-type]
    for header in ({"X-Test": "8"}, {"X-Test": "7", "X-Other": "7"}):
        assert not Match(header=header).fits(asked)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"action": {"kind": "fire"}}, "action.kind must be one of latency, error, connection-closed,"),
        ({"action": {"kind": "latency"}}, "action of kind latency takes seconds or min and max or median and sigma"),
        ({"action": {"kind": "latency", "min": 1}}, "action of kind latency takes seconds or min and max"),
        ({"action": {"kind": "latency", "min": 2, "max": 1}}, "action.min must not be more than action.max"),
        ({"action": {"kind": "latency", "seconds": -1}}, "action.seconds must be from 0 to 3600 seconds"),
        ({"action": {"kind": "error"}}, "action of kind error takes cause or status"),
        ({"action": {"kind": "error", "cause": "a", "status": 500}}, "action of kind error takes cause or status"),
        ({"action": {"kind": "response-lost", "seconds": 1}}, "action of kind response-lost takes nothing"),
        ({"action": {"kind": "malformed-json", "retry_after": 1}}, "action of kind malformed-json takes nothing"),
        ({"times": 0}, "times must be at least 1"),
        ({"every": 0}, "every must be at least 1"),
        ({"probability": 0}, "probability must be more than 0 and at most 1"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_one_sentence_with_its_place(rule: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        fault(**rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"action": {"kind": "error", "status": 503, "retry_after": 5}, "match": {"header": {"X-Test": "7"}}},
        {"action": {"kind": "latency", "min": 0.1, "max": 0.5}, "times": 3, "every": 2, "probability": 0.5, "seed": 9},
    ],
)
def test_a_fault_is_what_its_values_say(rule: dict[str, Any]) -> None:
    made = fault(**rule)
    assert made.values().items() >= rule.items()
    assert Fault.of(made.values()) == made

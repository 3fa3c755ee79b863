"""The check's idea of how limits are counted is the mock's own, and tells one algorithm from another."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.harness.counting import ALGORITHMS as COUNTED
from contracts.harness.counting import AskedOn, Told, used
from contracts.harness.limit_headers import whole
from contracts.harness.windows import BEGINNING, PARTS, TELLING
from contracts.spec.contract import Contract, Policy
from contracts.spec.document import EXTENSIONS, read
from mockserver.limits.algorithms import ALGORITHMS
from mockserver.limits.algorithms import Policy as Counted
from mockserver.ports import SECOND

GENERAL = Contract.load().rate_limits.policies["public-general"]
NAMES: Sequence[str] = tuple(COUNTED)


def policy(limit: int, window: int) -> Policy:
    return Policy("p", limit, window, "key", "requests", GENERAL.provenance)


@pytest.mark.parametrize("algorithm", NAMES)
@given(limit=st.integers(1, 8), window=st.integers(1, 12), pauses=st.lists(st.integers(0, 13), max_size=30))
def test_units_in_use_are_those_of_a_server_that_counts_so(
    algorithm: str, limit: int, window: int, pauses: list[int]
) -> None:
    counter, counted = ALGORITHMS[algorithm], Counted("p", limit, window * SECOND, "key")
    state = counter.unused
    moments: list[float] = []
    expected: list[int] = []
    now = 1000
    for pause in pauses:
        now += pause
        state, decision = counter.take(state, counted, now * SECOND)
        if decision.wait == 0:
            moments.append(now)
            expected.append(limit - decision.remaining)
            assert COUNTED[algorithm].unused(policy(limit, window), moments) == pytest.approx(decision.reset / SECOND)
    assert used(algorithm, policy(limit, window), moments) == expected


@pytest.mark.parametrize("algorithm", NAMES)
@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 12))
def test_a_unit_is_back_when_a_server_that_counts_so_says(algorithm: str, limit: int, window: int, begins: int) -> None:
    counter, counted = ALGORITHMS[algorithm], Counted("p", limit, window * SECOND, "key")
    state, now = counter.unused, (1000 + begins) * SECOND
    for _ in range(limit):
        state, _decision = counter.take(state, counted, now)
    _, refusal = counter.take(state, counted, now)
    frees = COUNTED[algorithm].frees(policy(limit, window), 1000.0 + begins)
    assert frees == pytest.approx((now + refusal.wait) / SECOND)


@pytest.mark.parametrize("algorithm", NAMES)
@pytest.mark.parametrize("early", [-1.9, 0, 1.9])
def test_the_moments_of_a_check_tell_an_algorithm_from_all_others(algorithm: str, early: float) -> None:
    """A little sooner or later by the server's clock as well."""
    moments = [float(BEGINNING + moment) for moment in TELLING]
    counted = used(algorithm, GENERAL, [moment - early for moment in moments])
    assert Told(GENERAL, moments, counted).known_by == algorithm


@pytest.mark.parametrize("algorithm", NAMES)
@pytest.mark.parametrize("early", [-1.9, 0, 1.9])
@pytest.mark.parametrize("seconds", [0.0, 6.0])
def test_what_is_admitted_after_these_moments_tells_an_algorithm_from_all_others(
    algorithm: str, early: float, seconds: float
) -> None:
    """Where what is left is told by refusals alone; a server that takes its time refills meanwhile."""
    *before, last = (BEGINNING + moment - early for moment in TELLING)
    parts = [GENERAL.limit // part for part in PARTS]
    taken = [moment for moment, many in zip(before, parts, strict=True) for _ in range(many)]
    later: list[float] = []
    while used(algorithm, GENERAL, [*taken, *later, now := last + len(later) * seconds / 60])[-1] <= GENERAL.limit:
        later.append(now)
    seen = [moment + early for moment in (*before, *later, now)]
    assert AskedOn(GENERAL, seen[:3], parts, seen[3:]).known_by == algorithm


def test_nobody_is_known_to_count_like_that() -> None:
    assert Told(GENERAL, list(TELLING), [1, 2, 3, 4]).known_by is None


@pytest.mark.parametrize(
    ("text", "number"), [("60", 60), ("0", 0), (None, None), ("", None), ("-1", None), ("1.5", None), ("٣", None)]
)
def test_a_header_is_a_number_when_it_is_written_in_digits(text: str | None, number: int | None) -> None:
    assert whole(text) == number


def test_mock_check_and_contract_know_the_same_algorithms() -> None:
    stated = read(EXTENSIONS)["properties"]["x-rate-limits"]["properties"]["algorithm"]["enum"]
    assert stated == list(COUNTED) == list(ALGORITHMS)

"""Delta debugging against all subsets, looked at one by one."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.running.delta_debugging import minimal

MEMBERS = range(9)
CULPRITS = st.lists(st.frozensets(st.sampled_from(MEMBERS), min_size=1, max_size=4), min_size=1, max_size=4)


def fails_with(culprits: Sequence[frozenset[int]], part: Sequence[int]) -> bool:
    return any(culprit <= set(part) for culprit in culprits)


@given(culprits=CULPRITS)
def test_what_is_left_fails_and_nothing_of_it_can_be_left_out(culprits: list[frozenset[int]]) -> None:
    found = set(minimal(MEMBERS, lambda part: fails_with(culprits, part)))
    smallest = [
        set(part)
        for size in range(1, len(MEMBERS) + 1)
        for part in combinations(MEMBERS, size)
        if fails_with(culprits, part) and not any(fails_with(culprits, rest) for rest in combinations(part, size - 1))
    ]
    assert found in smallest


def test_one_among_many_is_found_with_few_questions() -> None:
    for culprit in range(64):
        asked: list[Sequence[int]] = []

        def fails(part: Sequence[int], culprit: int = culprit, asked: list[Sequence[int]] = asked) -> bool:
            asked.append(part)
            return culprit in part

        assert list(minimal(range(64), fails)) == [culprit]
        assert len(asked) <= 2 * 6

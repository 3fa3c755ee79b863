"""What is asked three times still fails where each turn does."""

import pytest

from tests.turns import TURNS, assert_below


def test_one_good_turn_is_enough_and_ends_it() -> None:
    left = [3.0, 1.0, 3.0]
    assert_below(2, lambda: left.pop(0))
    assert left == [3.0]


def test_what_is_too_much_in_every_turn_fails() -> None:
    left = [2.0] * (TURNS + 1)
    with pytest.raises(AssertionError, match="never below 2"):
        assert_below(2, lambda: left.pop(0))
    assert len(left) == 1

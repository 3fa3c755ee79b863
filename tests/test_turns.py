"""What is asked three times still fails where each turn does, and what is waited for where it never comes."""

import pytest

from tests import turns
from tests.turns import TURNS, assert_below, wait_until


def test_one_good_turn_is_enough_and_ends_it() -> None:
    left = [3.0, 1.0, 3.0]
    assert_below(2, lambda: left.pop(0))
    assert left == [3.0]


def test_what_is_too_much_in_every_turn_fails() -> None:
    left = [2.0] * (TURNS + 1)
    with pytest.raises(AssertionError, match="never below 2"):
        assert_below(2, lambda: left.pop(0))
    assert len(left) == 1


def test_what_comes_late_is_what_was_waited_for() -> None:
    left = ["", "it"]
    assert wait_until(lambda: left.pop(0)) == "it"


def test_what_never_comes_fails_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0)
    with pytest.raises(AssertionError, match="nobody is there"):
        wait_until(lambda: False, "nobody is there")

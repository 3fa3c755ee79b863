"""Whether starts lie on a grid, judged by the starts alone."""

from datetime import UTC, datetime

import pytest

from contracts.harness.grid import irregular
from contracts.outcome import NotRunError

MINUTE, HOUR = 60, 3600
NINE = int(datetime(2025, 12, 3, 9, tzinfo=UTC).timestamp())


def at(*minutes: int) -> list[int]:
    """Minutes after nine."""
    return [NINE + minute * MINUTE for minute in minutes]


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param((0, 30, 60, 90), id="one interval apart"),
        pytest.param((90, 0, 60, 30), id="in any order"),
        pytest.param((0, 30, 200, 230), id="two openings, each with a grid of its own"),
        pytest.param((0, 30, 150), id="a booking of an hour in between"),
        pytest.param((), id="none"),
    ],
)
def test_starts_that_can_all_be_right(minutes: tuple[int, ...]) -> None:
    assert irregular(at(*minutes), 30 * MINUTE, HOUR, "UTC") is None


@pytest.mark.parametrize(
    ("minutes", "between"),
    [
        pytest.param((0, 20, 40), (0, 20), id="a smaller interval"),
        pytest.param((0, 30, 75), (30, 75), id="one start off the grid"),
        pytest.param((0, 60, 120), (0, 60), id="every other start left out"),
    ],
)
def test_starts_that_cannot_all_be_right(minutes: tuple[int, ...], between: tuple[int, int]) -> None:
    assert irregular(at(*minutes), 30 * MINUTE, HOUR, "UTC") == tuple(at(*between))


def test_starts_on_either_side_of_a_change_of_the_clock_may_be_any_time_apart() -> None:
    missing_hour = int(datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp())  # 02:00 to 03:00 in New York
    starts = [missing_hour - 20 * MINUTE, missing_hour + 20 * MINUTE]
    assert irregular(starts, 30 * MINUTE, HOUR, "America/New_York") is None
    assert irregular(starts, 30 * MINUTE, HOUR, "UTC") == tuple(starts)


def test_a_timezone_that_is_not_known_leaves_the_question_open() -> None:
    with pytest.raises(NotRunError, match="Mars/Olympus"):
        irregular(at(0), 30 * MINUTE, HOUR, "Mars/Olympus")

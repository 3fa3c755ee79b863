"""The garbage collector pauses while a mock is put together, and goes on as it was."""

import gc

import pytest

from mockserver.collection import paused


def collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


def allocate() -> int:
    """Enough for the collector to come by: how often it did."""
    before = collections()
    _ = [[number] for number in range(2 * gc.get_threshold()[0] + 10)]
    return collections() - before


def test_nothing_is_collected_meanwhile_and_then_it_goes_on() -> None:
    with paused():
        assert allocate() == 0
    assert allocate() > 0


def test_it_goes_on_after_a_mock_that_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="unusable"), paused():
        raise ValueError("unusable")
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

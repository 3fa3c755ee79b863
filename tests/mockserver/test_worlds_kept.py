"""How many worlds there may be, and for how long."""

from typing import Any

import pytest

from mockserver.web.worlds import TakenError, UnmadeError, Worlds


def made(now: list[float], most: int = 3) -> Worlds:
    return Worlds(lambda name: name, lambda: now[0], most=most, unused_seconds=60)  # type: ignore[arg-type, return-value]


def entered(worlds: Worlds, name: str) -> Any:
    return worlds.enter({"PATH_INFO": f"/w/{name}/x", "SCRIPT_NAME": ""})


def test_there_are_no_more_worlds_than_may_be() -> None:
    worlds = made([0.0], most=2)
    worlds.create("one")
    worlds.create("two")
    with pytest.raises(TakenError, match="there are 2 worlds, and no more than that may be"):
        worlds.create("three")
    assert worlds.drop("one")
    worlds.create("three")


def test_a_world_that_nobody_uses_is_dropped_after_a_while() -> None:
    now = [0.0]
    worlds = made(now)
    worlds.create("used")
    worlds.create("unused")
    now[0] = 50.0
    assert entered(worlds, "used") == "used"
    now[0] = 61.0
    assert entered(worlds, "unused") is None
    assert worlds.unused() == [("used", 11.0)]
    worlds.create("unused")
    now[0] = 130.0
    assert worlds.unused() == []


def test_a_name_that_no_path_can_have_is_one_sentence() -> None:
    with pytest.raises(UnmadeError, match="a world's name has up to 100 letters"):
        made([0.0]).create("a/b")

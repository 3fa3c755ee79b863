"""No full collection is long, however much is kept; and what is no longer kept goes."""

import gc
import socket
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import flask
import pytest

from benchmarks.hot_path import API, environ_of
from mockserver.observing.request_log import RequestLog
from mockserver.serving import launch
from mockserver.serving.launch import Launch
from mockserver.settings import Settings
from mockserver.wiring import build, collector
from mockserver.wiring.collector import MUCH, SOON, keep, look, release


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(collector._keep_survivors)
    collector._keep_survivors.released = 0
    gc.unfreeze()


@pytest.fixture
def door() -> str:
    return "direct"


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_has_survived_a_collection_is_not_looked_through_again() -> None:
    keep()
    kept = [[number] for number in range(10_000)]
    gc.collect()
    assert len(gc.get_objects()) < 5_000
    assert gc.get_freeze_count() > len(kept)


def test_no_collection_has_much_to_look_through_however_fast_things_come() -> None:
    most = 0

    def look(phase: str, _: dict[str, Any]) -> None:
        nonlocal most
        if phase == "start":
            most = max(most, len(gc.get_objects()))

    keep()
    gc.callbacks.append(look)
    kept = [[number] for number in range(100_000)]
    gc.callbacks.remove(look)
    assert most < 15_000 < len(kept)


def young() -> int:
    return len(gc.get_objects(generation=0))


def test_what_takes_the_place_of_others_is_looked_through_while_it_is_little() -> None:
    keep()
    kept = deque(([number] for number in range(10_000)), maxlen=10_000)
    gc.collect()
    kept.extend([number] for number in range(10_000))
    assert young() > 9_000  # the collector does not come by itself: as many have gone as came
    gc.collect()
    most = 0
    for number in range(10_000):
        kept.append([number])
        look(number)
        most = max(most, young()) if number % 50 == 0 else most
    assert most < 1_000


@pytest.mark.sources
def test_what_requests_leave_in_a_full_journal_is_looked_through_behind_their_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = RequestLog("text", StringIO())
    built = build(Settings(journal=2_000, limits=False), log=lambda _: None, nudge=log.nudge)
    behind: list[Callable[[], None]] = []
    most = 0

    def serve(app: Any, *_: Any, **__: Any) -> None:
        nonlocal most
        for number in range(3 * 2_000):
            app(environ_of("GET", f"{API}/org/acme-salon"), lambda *_: None)
            if number % SOON == 0:
                most = max(most, young())
                behind[0]()

    monkeypatch.setattr(log, "start", behind.append)
    monkeypatch.setattr(log, "stop", lambda: None)
    monkeypatch.setattr(launch, "serve", serve)
    with socket.socket() as sock:
        Launch([sock], log, lambda _: built, lambda _: {}, lambda _: None, lambda *_: None, lambda _: None).run()
    assert most < 4 * SOON * 2


def test_a_circle_that_was_kept_goes_when_all_is_looked_through_once_more() -> None:
    keep()
    circle = Circle()
    gone = weakref.ref(circle)
    gc.collect()
    del circle
    gc.collect()
    assert gone() is not None
    release()
    gc.collect()
    assert gone() is None


@pytest.mark.sources
def test_a_world_that_is_dropped_goes(start: Any) -> None:
    client = start()
    keep()
    assert client.post("/_mock/worlds/one").status_code == 201
    gone = weakref.ref(client.built.front.worlds._entries["one"].site.world.state)
    gc.collect()
    assert client.built.front.worlds.drop("one")
    gc.collect()
    assert gone() is None


@pytest.mark.sources
def test_worlds_that_come_and_go_do_not_pile_up(start: Any) -> None:
    worlds = start().built.front.worlds
    keep()
    made = []
    for number in range(3 * MUCH):
        worlds.create(f"world-{number}")
        made.append(weakref.ref(worlds._entries[f"world-{number}"].site.world.state))
        assert worlds.drop(f"world-{number}")
    assert sum(one() is not None for one in made) <= MUCH


@pytest.mark.parametrize("path", ["/nowhere", "/_mock/nowhere"])
def test_what_flask_has_no_route_for_goes_without_a_collection(path: str, start: Any) -> None:
    client = start()
    keep()
    client.get(path)
    gc.collect()
    gc.disable()
    try:
        assert client.get(path).status_code == 404
        assert [one for one in gc.get_objects() if isinstance(one, flask.Request)] == []
    finally:
        gc.enable()


def test_worlds_are_not_looked_through_again(start: Any) -> None:
    client = start()
    keep()
    gc.collect()
    before = len(gc.get_objects())
    for number in range(20):
        client.built.front.worlds.create(f"world-{number}")
    assert len(gc.get_objects()) - before < 1_000

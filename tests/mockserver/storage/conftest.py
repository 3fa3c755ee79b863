"""The implementations of the state: one suite runs over all of them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver.ports import ClockSetting, State, Switch
from mockserver.storage.opening import open_state
from mockserver.storage.sql.postgresql import SETTINGS
from tests.mockserver.storage.states import ids
from tests.turns import PATIENCE

STORAGES = ("memory", "sqlite", "postgresql")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, who is the last of 64 for a connection or a lock may wait for longer than an API should."""
    monkeypatch.setattr("mockserver.storage.sql.postgresql.WAIT_SECONDS", PATIENCE)
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        monkeypatch.setitem(SETTINGS, name, PATIENCE * 1000)


@pytest.fixture(params=STORAGES)
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a state that nobody has used yet."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'state.db'}"
        case "postgresql":
            make: Callable[[], str] = request.getfixturevalue("new_database")
            return make()
    return "memory://"


@pytest.fixture
def opened(state_url: str) -> Iterator[Callable[[], Any]]:
    """A context manager that gives an empty state."""
    with closing(open_state(state_url, ids())) as state:

        @contextmanager
        def emptied() -> Iterator[State]:
            empty(state)
            yield state

        yield emptied


def empty(state: State) -> None:
    with state.work(alone=True) as work:
        work.bookings.restart(())
        work.clock.set(ClockSetting())
        work.counters.turn(Switch())
        work.counters.restart({})
        work.ids.restart()
        work.deliveries.restart(())
        work.replays.restart(())
        work.keys.restart((), {})
        work.faults.restart(())
        work.webhooks.restart(())


@pytest.fixture
def state(opened: Callable[[], Any]) -> Iterator[State]:
    with opened() as empty:
        yield empty

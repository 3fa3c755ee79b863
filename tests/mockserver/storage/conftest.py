"""The implementations of the state: one suite runs over all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockserver.adapters.ids import RandomIds
from mockserver.ports import State
from mockserver.storage.memory import MemoryState


@contextmanager
def in_memory() -> Iterator[State]:
    yield MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))


IMPLEMENTATIONS: dict[str, Callable[[], Any]] = {"memory": in_memory}


@pytest.fixture(params=IMPLEMENTATIONS)
def opened(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """A context manager that gives an empty state."""
    return IMPLEMENTATIONS[request.param]


@pytest.fixture
def state(opened: Callable[[], Any]) -> Iterator[State]:
    with opened() as empty:
        yield empty

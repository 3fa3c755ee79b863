"""The pytest fixtures. PYTEST_DONT_REWRITE"""

import os
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from mockserver.settings import Settings
from mockserver.testing.mocks import App, KordlessMock, Mock, World

RUN = "KORDKIT_RUN"
"""Set by `kordkit run` to the ready-file of its mock."""

_numbers = count(1)


@pytest.fixture(scope="session")
def kordless_settings() -> Settings:
    """What the mock is started with; define a fixture of this name for another dataset, seed or time."""
    return Settings()


@pytest.fixture(scope="session")
def kordless_server(kordless_settings: Settings) -> Iterator[Mock]:
    """The mock that the tests of this process share, for what is set up once: `url` and keys stay the same."""
    with Mock(kordless_settings) as mock:
        yield mock


@pytest.fixture
def kordless_mock(request: pytest.FixtureRequest) -> Iterator[KordlessMock]:
    """A mock as it began. Under `kordkit run` a world of that mock, else `kordless_server`, reset."""
    running = os.environ.get(RUN)
    if running:
        with closing(World(Path(running), f"test-{os.getpid()}-{next(_numbers)}")) as world:
            yield world
        return
    mock: Mock = request.getfixturevalue("kordless_server")
    mock.reset()
    yield mock
    mock.reset()


@pytest.fixture(scope="session")
def _kordless_app(kordless_settings: Settings) -> Iterator[App]:
    with closing(App(kordless_settings)) as app:
        yield app


@pytest.fixture
def kordless_app(_kordless_app: App) -> Iterator[App]:
    """A mock as it began, in process: a WSGI application, and the transports to it."""
    _kordless_app.reset()
    yield _kordless_app
    _kordless_app.reset()

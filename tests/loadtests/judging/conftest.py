"""Mocks that keep their promises, and mocks that break one, each in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.mock_process import running_mock

BROKEN_MOCK = Path(__file__).with_name("broken_mock.py")

StartMock = Callable[..., Path]


@pytest.fixture
def start_mock() -> Iterator[StartMock]:
    """A mock of its own for each call, with these flags; the ready-file is what comes back."""
    with ExitStack() as running:
        yield lambda *flags: running.enter_context(running_mock(*flags, program=str(BROKEN_MOCK))).target

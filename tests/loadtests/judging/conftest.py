"""Mocks that keep their promises, and mocks that break one, each in a process of its own; loads that send nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loadtests.run import processes, session
from tests.loadtests.judging.broken_mock import break_mocks
from tests.loadtests.judging.load_command import READY, Runner
from tests.mock_process import running_mock

StartMock = Callable[..., Path]


@pytest.fixture
def start_mock() -> Iterator[StartMock]:
    """A mock of its own for each call, with these flags; the ready-file is what comes back."""
    with ExitStack() as running:
        yield lambda *flags: running.enter_context(running_mock(*flags, begin=break_mocks)).target


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(session, "prepare", runner.prepare)
    monkeypatch.setattr(session, "run", runner.run)
    monkeypatch.setattr(processes, "work", lambda plan, contract: runner.worked.append(plan))
    return runner


@pytest.fixture
def ready(tmp_path: Path) -> str:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(READY))
    return str(path)

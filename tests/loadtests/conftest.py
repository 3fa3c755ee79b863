"""Mocks as processes, for loads that cross real sockets. Locust and gevent stay in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loadtests.plan import Organization, Plan
from loadtests.result import Result
from loadtests.running import run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds for a process to start


def environment() -> dict[str, str]:
    """For a process that is to see this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


@contextmanager
def running(*flags: str, folder: Path) -> Iterator[dict[str, Any]]:
    """A mock, as its ready-file describes it."""
    ready = folder / f"ready-{time.monotonic_ns()}.json"
    command = [sys.executable, "-m", "kordkit", "mock", "--port", "0", "--ready-file", str(ready), *flags]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            assert process.poll() is None, "the mock did not start"
            assert time.monotonic() < deadline, "the mock takes too long to start"
            time.sleep(0.02)
        yield json.loads(ready.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        process.wait(PATIENCE)


@dataclass(frozen=True)
class Mock:
    """`plan` makes a plan for it: unless told otherwise short, quick, and seeded."""

    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def organization(self) -> Organization:
        first = self.ready["organizations"][0]
        keys = first["keys"]
        return Organization(first["slug"], "", first["id"], (keys["public"],), (keys["platform"],))

    def plan(self, scenario: str, **changes: Any) -> Plan:
        chosen: dict[str, Any] = {"rate": "80/s", "duration": 1.0, "seed": 7, "allow_writes": True}
        return Plan(scenario, self.url, (self.organization,), **{**chosen, **changes})


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """Without limits: what is counted here is the generator."""
    with running("--limits", "off", "--seed", "7", folder=tmp_path_factory.mktemp("mock")) as ready:
        yield Mock(ready)


@pytest.fixture
def limited_mock(tmp_path: Path) -> Iterator[Mock]:
    """With the contract's limits, all of them unused."""
    with running("--seed", "7", folder=tmp_path) as ready:
        yield Mock(ready)


@pytest.fixture(scope="session")
def load(mock: Mock) -> Callable[[str], Result]:
    """What a scenario leaves behind that ran for a second against the mock without limits; it runs once only."""

    @cache
    def loaded(scenario: str) -> Result:
        return run(mock.plan(scenario))

    return loaded

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BROKEN_MOCK = Path(__file__).with_name("broken_mock.py")
PATIENCE = 30.0

StartMock = Callable[..., Path]


@pytest.fixture
def start_mock(tmp_path: Path) -> Iterator[StartMock]:
    """A mock of its own for each call, with these flags; the ready-file is what comes back."""
    running: list[subprocess.Popen[bytes]] = []
    numbers = count()

    def start(*flags: str) -> Path:
        ready = tmp_path / f"ready-{next(numbers)}.json"  # a test may start several at the same time
        command = [sys.executable, str(BROKEN_MOCK), "--port", "0", "--ready-file", str(ready), *flags]
        process = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
        running.append(process)
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            assert process.poll() is None, "the mock has ended"
            assert time.monotonic() < deadline, "the mock does not become ready"
            time.sleep(0.02)
        return ready

    yield start
    for process in running:
        process.kill()
        process.wait()

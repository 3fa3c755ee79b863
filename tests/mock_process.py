"""A mock in a process of its own, as a user starts it."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.processes import Command
from tests.turns import PATIENCE

ROOT = Path(__file__).parents[1]
KORDKIT = str(ROOT / "kordkit.py")


@dataclass(frozen=True)
class RunningMock:
    """`target` is the path of its ready-file, `ready` what that says; `process` is its number."""

    target: Path
    ready: dict[str, Any]
    process: int = 0

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def keys(self, organization: int = 0) -> dict[str, str]:
        return dict(self.ready["organizations"][organization]["keys"])

    def control(self, method: str, path: str, **how: Any) -> Any:
        """What its control API answers."""
        answer = requests.request(method, self.ready["control_url"] + path, timeout=PATIENCE, **how)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def without_control(self, folder: Path) -> Path:
        """A target file that names no control API, like that of a server that has none."""
        target = folder / "target.json"
        target.write_text(json.dumps({**self.ready, "control_url": None}))
        return target


@contextmanager
def running_mock(*flags: str, begin: Callable[[], None] | None = None) -> Iterator[RunningMock]:
    """Started with the flags on a free port; gone at the end. `begin` is called in its process before."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "ready.json"
        arguments = ["--port", "0", "--ready-file", str(target), *flags]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        mock = Command(Path.cwd(), "mock", *arguments, environment=environment, silent=True, begin=begin)
        try:
            yield RunningMock(target, get_ready(mock, target), mock.pid)
        finally:
            mock.kill()
            mock.wait()


def get_ready(mock: "Command | subprocess.Popen[Any]", target: Path) -> dict[str, Any]:
    """What the ready-file says, once it is there."""
    deadline = time.monotonic() + PATIENCE
    while not target.exists():
        assert mock.poll() is None, f"the mock ended with {mock.returncode}"
        assert time.monotonic() < deadline, "the mock does not get ready"
        time.sleep(0.02)
    return dict(json.loads(target.read_text()))

"""Mocks in processes of their own, as users start them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.processes import ASK_AGAIN, KORDKIT, Server, free_port, serving


@dataclass(frozen=True, slots=True)
class RunningMock:
    """`target` is its ready-file, `ready` what that says."""

    target: Path
    ready: dict[str, Any]
    server: Server

    @property
    def key(self) -> str:
        """Of its first organization, a public one."""
        return str(self.ready["organizations"][0]["keys"]["public"])


@contextmanager
def running_mock(*flags: str, core: str | None = None) -> Iterator[RunningMock]:
    """On a free port, and on a core of its own if that is wanted. Raises NotStartedError."""
    with TemporaryDirectory() as folder:
        target, port = Path(folder) / "ready.json", free_port()
        command = [*KORDKIT, "mock", "--port", str(port), "--ready-file", str(target), *flags]
        with serving(command, port, "/_mock/health", {}, Path(folder) / "log", core) as server:
            while not target.exists():  # it is written as soon as the mock has answered itself
                time.sleep(ASK_AGAIN)
            yield RunningMock(target, json.loads(target.read_text()), server)

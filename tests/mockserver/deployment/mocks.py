"""Mocks that are killed and started again, always at the same address."""

import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.mock_process import ROOT
from tests.mockserver.deployment.services import free_ports
from tests.processes import Command

PATIENCE = 120  # seconds: the clients take their part of the machine, too


class Instance:
    """One mock, of one process or several."""

    def __init__(self, folder: Path, flags: Sequence[str]) -> None:
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready = folder / f"ready-{self.port}.json"
        self.log = folder / f"log-{self.port}"
        self._words = ["mock", "--port", str(self.port), "--ready-file", str(self._ready), *flags]
        self._process: Command | None = None

    def start(self) -> None:
        self.begin()
        self.wait()

    def begin(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = Command(Path.cwd(), *self._words, environment=environment, silent=True, log=self.log)

    def wait(self) -> None:
        """Until it answers."""
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE
        while not self._ready.exists():
            assert self._process.poll() is None, f"the mock ended with {self._process.returncode}"
            assert time.monotonic() < deadline, "the mock does not get ready"
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._ready.unlink(missing_ok=True)

    def workers(self) -> list[int]:
        """Their numbers; none where it is one process."""
        assert self._process is not None
        with suppress(OSError):
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
            return [int(number) for number in children.split()]
        return []

    def kill_a_worker(self, draw: random.Random) -> None:
        """If there is one just now."""
        workers = self.workers()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(draw.choice(workers), signal.SIGKILL)

    def stop(self) -> int:
        """The exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)


@contextmanager
def running(folder: Path, *flags: Sequence[str]) -> Iterator[list[Instance]]:
    """An instance for each list of flags, started at the same time; killed in the end."""
    instances = [Instance(folder, each) for each in flags]
    try:
        for instance in instances:
            instance.begin()
        for instance in instances:
            instance.wait()
        yield instances
    finally:
        for instance in instances:
            instance.kill()
            sys.stderr.write(_told(instance.log))


def _told(log: Path) -> str:
    """What else than requests stands in a log, for whoever reads why a test failed."""
    lines = log.read_text().splitlines() if log.exists() else []
    return "".join(f"{line}\n" for line in lines if " -> " not in line)[-4000:]

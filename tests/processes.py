"""`kordkit` in processes of their own, forked from one that has imported it: that costs more than most commands do.

What a test may look at is all there: arguments, environment, channels, signals, exit code. How Python itself comes up,
installed scripts and what Hypothesis draws (which depends on what is imported) are for `subprocess`.
"""

import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import reduction
from pathlib import Path
from typing import Any

import kordkit

IMPORTED = [
    "kordkit",
    "mockserver.cli",
    "mockserver.wiring",
    "mockserver.serving.server",
    "contracts.wiring",
    "loadtests.run.session",
]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(IMPORTED)


class Command:
    """A started `kordkit`; its methods are those of subprocess.Popen. What it prints is kept, unless it is `silent`.

    `log` is a file that its errors go to, behind what is there. `channels` are three open ones instead: input, output
    and errors, of which it gets copies. `begin` is called in it before anything else.
    """

    def __init__(
        self,
        folder: Path,
        *words: str,
        environment: Mapping[str, str],
        silent: bool = False,
        memory: int = resource.RLIM_INFINITY,
        begin: Callable[[], None] | None = None,
        log: Path | None = None,
        channels: Sequence[int] = (),
    ) -> None:
        self._out = self._err = Path(os.devnull)
        if not (silent or channels):
            printed = tempfile.mkdtemp()
            weakref.finalize(self, shutil.rmtree, printed)
            self._out, self._err = Path(printed, "stdout"), Path(printed, "stderr")
        self._err = log or self._err
        passed = _Channels(channels) if channels else None
        told = (list(words), str(folder), dict(environment), str(self._out), str(self._err), memory, begin, passed)
        self._process = _FORKS.Process(target=_be_kordkit, args=told, daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def sentinel(self) -> int:
        """What multiprocessing.connection.wait takes, to wait for its end."""
        return self._process.sentinel

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("kordkit", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    @property
    def errors(self) -> str:
        """What it has printed to its standard error so far."""
        return self._err.read_text("utf-8")

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What was printed, once it has ended. Raises subprocess.TimeoutExpired."""
        self.wait(timeout)
        return self._out.read_text("utf-8"), self._err.read_text("utf-8")


def run(
    folder: Path, *words: str, environment: Mapping[str, str], timeout: float = 60, memory: int = resource.RLIM_INFINITY
) -> subprocess.CompletedProcess[str]:
    """What `kordkit WORDS` printed in that folder, and its exit code. Raises subprocess.TimeoutExpired.

    `memory` is what it may have, in bytes.
    """
    command = Command(folder, *words, environment=environment, memory=memory)
    try:
        out, err = command.communicate(timeout)
    finally:
        command.kill()
    return subprocess.CompletedProcess(["kordkit", *words], command.wait(), out, err)


class _Channels:
    """Open ones, on their way into another process."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = list(numbers)

    def __getstate__(self) -> list[Any]:
        return [reduction.DupFd(number) for number in self.numbers]

    def __setstate__(self, passed: list[Any]) -> None:
        self.numbers = [each.detach() for each in passed]


def _be_kordkit(
    words: list[str],
    folder: str,
    environment: dict[str, str],
    out: str,
    err: str,
    memory: int,
    begin: Callable[[], None] | None,
    channels: "_Channels | None",
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
        opened = channels.numbers[number] if channels else os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115  # the process ends with them
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    if memory != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.argv = ["kordkit", *words]
    if begin is not None:
        begin()
    kordkit.main()

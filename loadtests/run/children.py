"""The processes of a run, as the one that started them sees them: none outlives it."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from contracts.errors import UnreachableError
from loadtests.messages import Coordinate, Done, Failed, Listening, Mustered, Progress, Work, decoded, encode

GENERATOR: Sequence[str] = (sys.executable, "-m", "loadtests.generator.process")
FAREWELL = 5.0  # seconds that a process may take to end by itself
HALT = "halt\n"
_SAID = (Listening, Mustered, Progress, Failed, Done)
_ROOT = Path(__file__).resolve().parents[2]


class Children:
    """A context: at its end every process is gone. Each ends when its standard input does, so also if we are killed.

    A session of their own keeps Ctrl-C from them: we alone decide what it means.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        self._complaints: list[IO[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        for process, complaints in zip(self._processes, self._complaints, strict=True):
            try:
                process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
            complaints.close()

    def start(self, output: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        complaints = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed at the end of the context
        process = subprocess.Popen(
            GENERATOR,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=complaints,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        self._processes.append(process)
        self._complaints.append(complaints)
        return process

    def tell(self, process: subprocess.Popen[str], told: Work | Coordinate) -> None:
        self._write(process, json.dumps(encode(told)) + "\n")

    def start_coordinator(self, told: Coordinate) -> Iterator[Any]:
        """The messages that it says until it is done. A first Ctrl-C meanwhile tells it to end early.

        Raises UnreachableError where it ends without having said that it is done.
        """
        process = self.start(subprocess.PIPE)
        self.tell(process, told)
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        # Reading is left to a thread: Ctrl-C in the middle of a line must not lose it.
        threading.Thread(target=_listen, args=(process, said), daemon=True).start()
        return self._lines(process, said)

    def _lines(self, process: subprocess.Popen[str], said: "queue.SimpleQueue[str]") -> Iterator[Any]:
        interrupted = False
        while True:
            try:
                line = said.get()
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                self._write(process, HALT)
                continue
            if not line:
                raise UnreachableError(f"the load generator broke off: {self._last_complaint(process)}")
            told = decoded(_SAID, json.loads(line))
            if isinstance(told, Done):
                return
            yield told

    def _write(self, process: subprocess.Popen[str], text: str) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(text)
            process.stdin.flush()
        except BrokenPipeError:
            raise UnreachableError(f"the load generator did not start: {self._last_complaint(process)}") from None

    def _last_complaint(self, process: subprocess.Popen[str]) -> str:
        complaints = self._complaints[self._processes.index(process)]
        complaints.seek(0)
        return next((line.strip() for line in reversed(complaints.readlines()) if line.strip()), "it does not say why")


def _listen(process: subprocess.Popen[str], said: "queue.SimpleQueue[str]") -> None:
    """Every line, and an empty one for the end."""
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line)
    said.put("")

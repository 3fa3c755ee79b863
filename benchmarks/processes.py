"""Servers in processes of their own, from their start to their first answer and on; those compared share one core.

On a machine with one core alone servers and those that load them share it.
"""

import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORES = sorted(os.sched_getaffinity(0))
SERVING, LOADING = str(CORES[0]), str(CORES[-1])
PATIENCE = 60.0  # seconds for a first answer
ASK_AGAIN = 0.002  # seconds
GRACE = 5.0  # seconds to end in
RESTLESS, LOOK_SECONDS = 5.0, 0.2
NEXT_TO_NOTHING = 0.1  # of a core
KORDKIT = (sys.executable, "-m", "kordkit")


class NotStartedError(Exception):
    """A server that never answered: one sentence, with the end of what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """`first_answer`: seconds from its start."""

    process: int
    url: str
    first_answer: float

    def resident(self) -> float:
        """MB of memory, of it and of the processes that it started."""
        return sum(_resident(number) for number in processes_of(self.process)) / 2**20

    def spent(self) -> float:
        """Seconds of processor time, of it and of the processes that it started."""
        return sum(_spent(number) for number in processes_of(self.process))

    def rest(self) -> None:
        """Return when it does next to nothing, or has not come to rest in RESTLESS seconds.

        Some go on after their last answer, and whoever is loaded next on the same core would pay for that.
        """
        before = self.spent()
        for _ in range(round(RESTLESS / LOOK_SECONDS)):
            time.sleep(LOOK_SECONDS)
            spent = self.spent()
            if spent - before <= LOOK_SECONDS * NEXT_TO_NOTHING:
                return
            before = spent


def spent_by_children() -> float:
    """Seconds of processor time of all that has been run and waited for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def pinned(core: str | None, command: Sequence[str]) -> list[str]:
    return ["taskset", "-c", core, *command] if core is not None and shutil.which("taskset") else list(command)


@contextmanager
def serving(
    command: Sequence[str], port: int, path: str, headers: Mapping[str, str], log: Path, core: str | None = SERVING
) -> Iterator[Server]:
    """What the command starts, on one core or on any (None), from its first good answer to a GET of the path on.

    Raises NotStartedError.
    """
    begun = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(
            pinned(core, command),
            cwd=log.parent,  # where some leave files behind
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        while not _answers(port, path, headers):
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise NotStartedError(f"{command[0]} does not answer: {log.read_text('utf-8', 'replace')[-500:]}")
            time.sleep(ASK_AGAIN)
        yield Server(process.pid, f"http://127.0.0.1:{port}", time.perf_counter() - begun)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return


def _answers(port: int, path: str, headers: Mapping[str, str]) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def processes_of(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from processes_of(int(child))


def _resident(process: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _spent(process: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0

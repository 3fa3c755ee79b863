"""Workers under one parent: they share the port, are replaced when they die, and none of them is left behind."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockserver.serving import workers
from mockserver.serving.sockets import bind, bind_each
from tests.mockserver.serving.server_program import GRACE, ROOT, ask, connect
from tests.turns import PATIENCE, assert_below, wait_until

PROGRAM = str(Path(__file__).with_name("worker_program.py"))
COUNT = 3


@dataclass
class Program:
    process: "subprocess.Popen[str]"
    port: int = 0
    announced: int = 0  # the number of the process whose report was announced

    def ask(self, path: str = "/") -> dict[str, Any]:
        return dict(json.loads(ask(self.port, f"GET {path}")[2]))

    def pids(self) -> set[int]:
        """Of the workers, asked for on so many connections that each gets some."""
        return {self.ask()["pid"] for _ in range(20 * COUNT)}

    def next_sentence(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline().rstrip()


@contextmanager
def running(count: int = COUNT, mode: str = "") -> Iterator[Program]:
    process = subprocess.Popen(
        [sys.executable, PROGRAM, str(count), mode],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline() or "{}")
            yield Program(process, said.get("port", 0), said.get("by", 0))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Somebody who has ended and is only waited for is not."""
    state = Path(f"/proc/{pid}/stat")
    try:
        if Path("/proc/self/stat").exists():
            return state.read_text().rpartition(")")[2].split()[0] not in "ZX"
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def is_free(port: int) -> bool:
    try:
        bind("127.0.0.1", port).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with running() as program:
        yield program


def test_all_of_them_answer_on_one_port(program: Program) -> None:
    pids = program.pids()
    assert len(pids) == COUNT
    assert program.process.pid not in pids
    assert program.ask()["parent"] == program.process.pid


def test_what_the_first_one_says_is_announced_once(program: Program) -> None:
    assert program.announced in program.pids()
    assert {program.ask()["opens"] for _ in range(20 * COUNT)} == {True, False}


def test_they_ask_one_another(program: Program) -> None:
    answer = program.ask("/siblings")
    assert {answer["pid"], *answer["siblings"]} == program.pids()
    assert len(answer["siblings"]) == COUNT - 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they accept from one socket")
def test_connections_opened_at_once_are_spread(program: Program) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    connections = [connect(program.port) for _ in range(64)]
    answered = []
    for connection in connections:
        connection.sendall(request)
    for connection in connections:
        with connection, connection.makefile("rb") as answer:
            answered.append(json.loads(answer.read().partition(b"\r\n\r\n")[2])["pid"])
    assert min(answered.count(pid) for pid in set(answered)) > 5
    assert len(set(answered)) == COUNT


def test_their_port_is_taken_for_others(program: Program) -> None:
    for attempt in (lambda: bind("127.0.0.1", program.port), lambda: bind_each("127.0.0.1", program.port, 2)):
        with pytest.raises(OSError, match="in use") as refused:
            attempt()
        assert refused.value.errno == errno.EADDRINUSE


def test_a_taken_port_is_not_shared() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        bind_each("127.0.0.1", first.getsockname()[1], 2)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
def test_the_parent_has_no_threads(program: Program) -> None:
    assert len(list(Path(f"/proc/{program.process.pid}/task").iterdir())) == 1


def test_one_that_dies_is_replaced_and_told_of(program: Program) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        victim = program.ask()["pid"]
        os.kill(victim, number)
        how = "was ended by SIGKILL" if number == signal.SIGKILL else "ended with exit code 0"
        assert program.next_sentence() == f"worker {victim} {how}; another takes its place"
        wait_until(lambda: len(program.pids()) == COUNT)
        assert victim not in program.pids()
    assert len(program.ask("/siblings")["siblings"]) == COUNT - 1
    assert program.process.poll() is None


def test_sighup_changes_nothing(program: Program) -> None:
    before = program.pids()
    os.killpg(program.process.pid, signal.SIGHUP)
    assert program.pids() == before


@pytest.mark.parametrize(
    ("number", "send"), [(signal.SIGINT, os.killpg), (signal.SIGTERM, os.kill)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_ends_all_whatever_clients_do(number: signal.Signals, send: Callable[[int, int], None]) -> None:
    def seconds_to_end() -> float:
        with running() as program:
            pids = program.pids()
            idle = [connect(program.port, b"GET / HT") for _ in range(8)]
            sleeping = connect(program.port, b"GET /sleep?60 HTTP/1.1\r\nHost: x\r\n\r\n")
            before = time.monotonic()
            send(program.process.pid, number)
            assert program.process.wait(PATIENCE) == 0
            seconds = time.monotonic() - before
            assert not any(map(is_alive, pids))
            assert program.next_sentence() == "ended"
            for connection in (*idle, sleeping):
                connection.close()
            bind("127.0.0.1", program.port).close()
            return seconds

    assert_below(GRACE, seconds_to_end)


def test_the_last_words_of_all_are_heard_also_of_one_that_ends_before() -> None:
    with running(mode="talkative") as program:
        pids = program.pids()
        early = min(pids)
        os.kill(early, signal.SIGTERM)
        assert program.next_sentence() == f"worker {early} ended with exit code 0; another takes its place"
        wait_until(lambda: len(program.pids() - {early}) == COUNT)
        pids |= program.pids()
        os.kill(program.process.pid, signal.SIGTERM)
        said = {program.next_sentence() for _ in pids}
        assert said == {f"{pid} said 200000" for pid in pids}
        assert program.next_sentence() == "ended"


def test_who_does_not_end_is_ended() -> None:
    def seconds_to_end() -> float:
        with running(mode="stuck") as program:
            pids = program.pids()
            sleeping = [connect(program.port, b"GET /sleep?60 HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(20)]
            time.sleep(0.2)  # until they are being answered
            before = time.monotonic()
            program.process.terminate()
            assert program.process.wait(PATIENCE) == 0
            seconds = time.monotonic() - before
            assert not any(map(is_alive, pids))
            for connection in sleeping:
                connection.close()
            return seconds

    assert_below(GRACE, seconds_to_end)


def test_none_survives_a_parent_that_is_killed() -> None:
    with running() as program:
        pids = program.pids()
        idle = connect(program.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        program.process.kill()
        program.process.wait()
        wait_until(lambda: not any(map(is_alive, pids)))
        idle.close()
        wait_until(lambda: is_free(program.port))  # for whoever takes its place


def test_nor_does_one_that_is_not_ready_yet() -> None:
    with running(mode="slow") as program:
        program.process.kill()
        program.process.wait()
        wait_until(lambda: is_free(program.port))
        assert not is_alive(program.announced)


def test_if_the_first_cannot_serve_its_exit_code_is_theirs() -> None:
    with running(mode="broken") as program:
        assert program.process.wait(PATIENCE) == 3
        assert program.port == 0
        assert program.next_sentence() == "failed:"


def test_who_never_gets_to_serve_is_started_more_and_more_seldom() -> None:
    with running(2, "poisoned") as program:
        os.kill(program.ask()["pid"], signal.SIGKILL)
        begun = time.monotonic()
        sentences = [program.next_sentence() for _ in range(5)]
        assert "was ended by SIGKILL" in sentences[0]
        assert all("ended with exit code 3; another takes its place" in sentence for sentence in sentences[1:])
        assert time.monotonic() - begun > workers.FIRST_DELAY * (1 + 2 + 4)


def test_when_nobody_serves_any_more_the_parent_gives_up() -> None:
    with running(2, "hopeless") as program:
        for pid in program.pids():
            os.kill(pid, signal.SIGKILL)
        assert program.process.wait(PATIENCE) == 1
        assert program.process.stderr is not None
        assert "none could be started" in program.process.stderr.read()

"""Several processes make one run: the same numbers, whoever counts them, and nobody is left behind."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from contracts.errors import UnreachableError
from loadtests.measure.result import Result
from loadtests.messages import encode
from loadtests.run.plan import Plan
from tests.loadtests.running import run, work

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0

# A run as a process of its own, to be interrupted or killed: a plan on standard input, the result on standard output.
SCRIPT = """
import json, sys
from loadtests.messages import decode
from loadtests.run.plan import Plan
from tests.loadtests.running import run, work
plan = decode(Plan, json.loads(sys.stdin.readline()))
if plan.worker_of:
    work(plan)
else:
    print(json.dumps(run(plan, lambda elapsed, _: print(elapsed, file=sys.stderr, flush=True)).as_json()))
"""


@contextmanager
def driven(plan: Plan) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(encode(plan)) + "\n")
            process.stdin.flush()
            yield process
        finally:
            process.kill()


def under_way(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Once the first progress has been told: the processes of the run, coordinator first."""
    assert process.stderr is not None
    assert float(process.stderr.readline()) > 0
    return by_age(psutil.Process(process.pid))


def by_age(parent: psutil.Process) -> list[psutil.Process]:
    return sorted(parent.children(), key=lambda child: child.create_time())


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return not alive


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.usefixtures("forked_generators")  # for the first two; those under a master come up by themselves
def test_one_process_two_and_two_under_a_master_count_alike(mock: Any, load: Callable[[str], Result]) -> None:
    both = run(mock.plan("browse", processes=2))
    port = free_port()
    with (
        driven(mock.plan("browse", expect_workers=2, master_port=port)) as master,
        driven(mock.plan("browse", worker_of=f"127.0.0.1:{port}")) as first,
        driven(mock.plan("browse", worker_of=f"127.0.0.1:{port}")) as second,
    ):
        told, complaint = master.communicate(timeout=PATIENCE)
        assert told, complaint
        assert [first.wait(PATIENCE), second.wait(PATIENCE)] == [0, 0]
    apart = Result.from_json(json.loads(told))
    for result in (load("browse"), both, apart):
        arrivals = result.statistics.arrivals
        assert (arrivals.planned, arrivals.sent, arrivals.dropped) == (80, 80, 0)
        assert result.statistics.of().count == 80
        assert result.statistics.of().errors == 0
        assert set(result.statistics.operations) == {"getOrganization", "getService", "getAvailability"}


@pytest.mark.usefixtures("forked_generators")
def test_workers_that_race_for_slots_never_meet_by_accident(mock: Any) -> None:
    result = run(mock.plan("booking_flow", rate="100/s", processes=2))
    told = result.statistics.of()
    assert told.errors == 0
    assert told.conflicts == 0
    contacts = [change.contact for change in result.changes if change.kind == "created"]
    assert len(contacts) == len(set(contacts)) >= 15


def test_ctrl_c_ends_a_run_early_with_what_there_is(mock: Any) -> None:
    with driven(mock.plan("browse", rate="50/s", duration=60.0, processes=2)) as process:
        crew = under_way(process)
        assert len(crew) == 3
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        told, complaint = process.communicate(timeout=PATIENCE)
        assert told, complaint
        assert time.monotonic() - begun < 30
        assert gone(crew)
    result = Result.from_json(json.loads(told))
    arrivals = result.statistics.arrivals
    assert result.ended == "interrupted"
    assert 0 < arrivals.planned < 3_000
    assert arrivals.planned == arrivals.sent + arrivals.dropped
    assert result.statistics.of().count == arrivals.sent


def test_nobody_outlives_the_one_who_started_the_run_and_no_key_is_on_a_command_line(mock: Any) -> None:
    with driven(mock.plan("browse", duration=60.0, processes=2)) as process:
        crew = under_way(process)
        for member in crew:
            assert "kord_" not in " ".join(member.cmdline())
        process.kill()
        assert gone(crew)


@contextmanager
def watched(plan: Plan) -> Iterator[tuple[Callable[[], Result], list[psutil.Process]]]:
    """A run in a thread, once it is under way: how to wait for its result, and its processes, coordinator first."""
    results: list[Result] = []
    begun = threading.Event()
    before = set(psutil.Process().children())
    thread = threading.Thread(target=lambda: results.append(run(plan, lambda *_: begun.set())))
    thread.start()

    def result() -> Result:
        thread.join()
        return results[0]

    try:
        assert begun.wait(PATIENCE)
        yield result, [child for child in by_age(psutil.Process()) if child not in before]
    finally:
        thread.join()


def test_what_a_lost_worker_had_still_to_send_counts_as_dropped(mock: Any) -> None:
    with watched(mock.plan("browse", rate="60/s", duration=2.0, processes=2)) as (result, crew):
        crew[-1].kill()
        told = result()
    arrivals = told.statistics.arrivals
    assert told.ended == "worker lost"
    assert any("was lost" in note for note in told.notes)
    assert arrivals.planned == 120
    assert arrivals.planned == arrivals.sent + arrivals.dropped
    assert 60 <= arrivals.sent < 120, "all of one worker's, and of the other what it sent before"
    per_second = [second.planned for second in told.statistics.arrivals_by_second()]
    assert per_second == [60, 60]


def test_a_generator_that_stood_still_says_so_itself(mock: Any) -> None:
    begun = time.monotonic()
    with watched(mock.plan("browse", rate="100/s", duration=3.0)) as (result, crew):
        crew[-1].suspend()
        time.sleep(1.0)
        crew[-1].resume()
        told = result().statistics
    assert told.arrivals.planned == told.arrivals.sent == 300
    assert told.arrivals.late >= 10, "a hundred, unless it was held up late in the run"
    assert 700 < told.lag.max < 1000 * (time.monotonic() - begun)
    assert told.of().latency.max >= told.lag.max


def test_a_worker_without_a_master_says_so(mock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.run.processes.KNOCKING", 0.1)
    with pytest.raises(UnreachableError, match="no master at"):
        work(mock.plan("browse", worker_of=f"127.0.0.1:{free_port()}"))

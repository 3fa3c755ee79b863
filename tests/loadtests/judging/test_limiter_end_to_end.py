"""`kordkit load limiter` over real sockets, with windows of seconds. Runs that a test needs go on at the same time."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from contracts.spec import Contract
from loadtests import target as targets
from loadtests.driving import drive
from loadtests.plan import Plan

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0
# One operation is limited, by one policy.
OVERLAY = """
overlay: 1.0.0
info: {{title: Windows of seconds, version: "1"}}
actions:
  - {{target: "$.paths[*][*]['x-rate-limit']", remove: true}}
  - {{target: "$.paths['/api/calendar/v1/public/org/{{org_slug}}'].get", update: {{x-rate-limit: [public-general]}}}}
  - {{target: $.x-rate-limits, update: {{algorithm: {algorithm}}}}}
  - {{target: $.x-rate-limits.policies.public-general, update: {{limit: {limit}, window: {window}}}}}
"""
StartMock = Callable[..., Path]


class Case(NamedTuple):
    """What the contract says, how the mock differs from it, and how the load is run."""

    algorithm: str = "fixed-window"
    limit: int = 6
    window: int = 2
    mock: tuple[str, ...] = ()
    load: tuple[str, ...] = ()


class Server(NamedTuple):
    """`ready` names no control API: time passes as it does."""

    ready: Path
    overlay: Path


class Verdict(NamedTuple):
    code: int
    printed: str
    policy: dict[str, Any]

    @property
    def inferred(self) -> tuple[Any, ...]:
        return tuple(self.policy[name] for name in ("scope", "limit", "window", "algorithm", "certain"))


@pytest.fixture
def serve(start_mock: StartMock, tmp_path: Path) -> Callable[[Case], Server]:
    def started(case: Case) -> Server:
        name = re.sub(r"\W+", "-", "-".join((case.algorithm, *case.mock, *case.load)))
        overlay = tmp_path / f"{name}.yaml"
        overlay.write_text(OVERLAY.format(algorithm=case.algorithm, limit=case.limit, window=case.window))
        ready = start_mock("--overlay", str(overlay), *case.mock)
        told = json.loads(ready.read_text()) | {"control_url": None}
        ready = tmp_path / f"{name}.json"
        ready.write_text(json.dumps(told))
        return Server(ready, overlay)

    return started


@pytest.fixture
def kordkit() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        variables = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
        command = [sys.executable, "-m", "kordkit", "load", "limiter", *words]
        pipe, environment = subprocess.PIPE, variables | {"PYTHONPATH": str(ROOT)}
        started.append(
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def judged(
    serve: Callable[[Case], Server], kordkit: Callable[..., "subprocess.Popen[str]"]
) -> Callable[..., list[Verdict]]:
    """All cases at once."""

    def verdict(case: Case) -> Verdict:
        server = serve(case)
        folder = server.ready.with_suffix("")
        words = ("--target", str(server.ready), "--overlay", str(server.overlay), "--report-dir", str(folder))
        process = kordkit(*words, *case.load)
        printed, _ = process.communicate(timeout=PATIENCE)
        (policy,) = json.loads((folder / "load.json").read_text())["limiter"]
        return Verdict(process.returncode, printed, policy)

    def verdicts(*cases: Case) -> list[Verdict]:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(verdict, cases))

    return verdicts


def test_every_algorithm_is_told_with_its_limit_and_window(judged: Callable[..., list[Verdict]]) -> None:
    cases = [Case("fixed-window", 6, 2), Case("sliding-window", 5, 3), Case("token-bucket", 8, 4)]
    for case, found in zip(cases, judged(*cases), strict=True):
        assert found.inferred == ("key", case.limit, case.window, case.algorithm, True), found.printed
        assert found.policy["headers_truthful"] is True
        assert found.code == 0


def test_a_limiter_that_breaks_the_contract_is_exit_code_1_and_told(judged: Callable[..., list[Verdict]]) -> None:
    wrong = {
        ("--mutant", "limit-off-by-one"): "7 per 2 s per key (fixed-window); but the contract says 6 per 2 s per key",
        ("--mutant", "keys-share-a-counter"): "one counter for all, where the contract has one per key",
        ("--mutant", "retry-after-too-short"): "Retry-After is wrong",
        ("--mutant", "remaining-too-high"): "X-RateLimit-Remaining is wrong",
        ("--limit-algorithm", "token-bucket"): "(token-bucket); but the contract says 6 per 2 s per key (fixed-window)",
    }
    found = dict(zip(wrong, judged(*(Case(mock=flags) for flags in wrong)), strict=True))
    for flags, sentence in wrong.items():
        printed = " ".join(found[flags].printed.split())
        assert found[flags].code == 1, printed
        assert sentence in printed
        assert printed.partition("Written:")[0].endswith("Broken: limit public-general. ")


def test_the_verdict_is_the_same_however_many_processes_ask(
    judged: Callable[..., list[Verdict]],
    serve: Callable[[Case], Server],
    kordkit: Callable[..., "subprocess.Popen[str]"],
) -> None:
    one, two = judged(Case(load=("--processes", "1")), Case(load=("--processes", "2")))
    assert one.inferred == two.inferred == ("key", 6, 2, "fixed-window", True), two.printed
    assert (one.code, two.code) == (0, 0)

    server = serve(Case())
    target = targets.read(server.ready)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plan = Plan(
        "limiter",
        target.url,
        target.organizations,
        overlays=(server.overlay,),
        expect_workers=2,
        master_port=port,
        duration=60.0,
    )
    flags = ("--target", str(server.ready), "--overlay", str(server.overlay), "--worker-of", f"127.0.0.1:{port}")
    workers = [kordkit(*flags) for _ in range(2)]
    report = drive(plan, Contract.load(None, [server.overlay]), [], "", Console(file=io.StringIO()))
    assert report.limits is not None
    (policy,) = report.limits.policies
    assert Verdict(report.exit_code, "", dict(policy)).inferred == one.inferred
    assert report.exit_code == 0
    assert {observation.worker for observation in report.result.observations} == {0, 1}
    assert [worker.wait(PATIENCE) for worker in workers] == [0, 0]

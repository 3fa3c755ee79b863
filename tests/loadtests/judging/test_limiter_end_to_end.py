"""`kordkit load limiter` over real sockets, with windows of seconds. Runs that a test needs go on at the same time."""

import io
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from contracts.spec.contract import Contract
from loadtests.api import target as targets
from loadtests.report.contents import INCOMPLETE
from loadtests.run.plan import Plan
from loadtests.run.session import drive
from mockserver.limits.algorithms import ALGORITHMS
from tests.processes import Command

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0
ASKED_AGAIN = 4  # times at the most, alone, for a verdict that is left open; one that is wrong stays wrong
# Each policy is that of one operation alone.
OPERATIONS = {
    "public-general": "['/api/calendar/v1/public/org/{org_slug}'].get",
    "creation": "['/api/calendar/v1/public/bookings'].post",
    "verification": "['/api/calendar/v1/public/bookings/confirmation/{confirmation_number}'].get",
    "self-service": "['/api/calendar/v1/public/bookings/confirmation/{confirmation_number}/cancel'].post",
    "platform-minute": "['/api/calendar/v1/bookings'].get",
    "platform-hour": "['/api/calendar/v1/public/org/{org_slug}/service/{service_slug}'].get",
    "platform-day": "['/api/calendar/v1/public/availability'].get",
}
SCOPES = {"verification": "confirmation_number", "self-service": "client", "platform-day": "organization"}
StartMock = Callable[..., Path]


class Case(NamedTuple):
    """What the contract says, how the mock differs from it, and how the load is run."""

    algorithm: str = "fixed-window"
    limits: tuple[tuple[str, int, int], ...] = (("public-general", 6, 2),)
    mock: tuple[str, ...] = ()
    load: tuple[str, ...] = ()

    @property
    def overlay(self) -> str:
        """In JSON, which is YAML."""
        actions: list[dict[str, Any]] = [
            {"target": "$.paths[*][*]['x-rate-limit']", "remove": True},
            {"target": "$.x-rate-limits", "update": {"algorithm": self.algorithm}},
        ]
        for policy, limit, window in self.limits:
            actions += [
                {"target": f"$.paths{OPERATIONS[policy]}", "update": {"x-rate-limit": [policy]}},
                {"target": f"$.x-rate-limits.policies.{policy}", "update": {"limit": limit, "window": window}},
            ]
        info = {"title": "Windows of seconds", "version": "1"}
        return json.dumps({"overlay": "1.0.0", "info": info, "actions": actions})

    @property
    def promised(self) -> list[tuple[Any, ...]]:
        """Scope, limit, window, algorithm and that it is certain, in the contract's order."""
        told = {policy: (limit, window) for policy, limit, window in self.limits}
        return [
            (SCOPES.get(policy, "key"), *told[policy], self.algorithm, True)
            for policy in Contract.load().rate_limits.policies
            if policy in told
        ]


class Server(NamedTuple):
    """`ready` names no control API: time passes as it does."""

    ready: Path
    overlay: Path


class Verdict(NamedTuple):
    code: int
    printed: str
    policies: list[dict[str, Any]]

    @property
    def is_open(self) -> bool:
        """It names nothing that is wrong, and says that more than one explanation is left."""
        return self.code == INCOMPLETE and not all(policy["certain"] for policy in self.policies)

    @property
    def inferred(self) -> list[tuple[Any, ...]]:
        names = ("scope", "limit", "window", "algorithm", "certain")
        return [tuple(policy[name] for name in names) for policy in self.policies]


@pytest.fixture
def serve(start_mock: StartMock, tmp_path: Path) -> Callable[[Case], Server]:
    def started(case: Case) -> Server:
        limits = (policy for policy, _, _ in case.limits)
        name = re.sub(r"\W+", "-", "-".join((case.algorithm, *limits, *case.mock, *case.load)))
        overlay = tmp_path / f"{name}.yaml"
        overlay.write_text(case.overlay)
        ready = start_mock("--overlay", str(overlay), *case.mock)
        told = json.loads(ready.read_text()) | {"control_url": None}
        ready = tmp_path / f"{name}.json"
        ready.write_text(json.dumps(told))
        return Server(ready, overlay)

    return started


@pytest.fixture
def limiter(forked_generators: Callable[[], None]) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def start(*words: str) -> Command:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
        environment = variables | {"PYTHONPATH": str(ROOT)}
        started.append(Command(ROOT, "load", "limiter", *words, environment=environment, begin=forked_generators))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def judged(serve: Callable[[Case], Server], limiter: Callable[..., Command]) -> Callable[..., list[Verdict]]:
    """All cases at once; then each that is left open again, alone: on a busy machine nobody is sure of the moments."""

    def verdict(case: Case) -> Verdict:
        server = serve(case)
        folder = server.ready.with_suffix("")
        words = ("--target", str(server.ready), "--overlay", str(server.overlay), "--report-dir", str(folder))
        process = limiter(*words, *case.load)
        printed, _ = process.communicate(timeout=PATIENCE)
        return Verdict(process.wait(), printed, json.loads((folder / "load.json").read_text())["limiter"])

    def verdicts(*cases: Case) -> list[Verdict]:
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(verdict, cases))
        for _ in range(ASKED_AGAIN):
            found = [verdict(case) if told.is_open else told for case, told in zip(cases, found, strict=True)]
        return found

    return verdicts


def test_every_algorithm_and_limit_is_told(judged: Callable[..., list[Verdict]]) -> None:
    by_key = (("public-general", 6, 2), ("creation", 4, 3), ("platform-hour", 7, 3), ("platform-day", 5, 2))
    without = (("verification", 3, 2), ("self-service", 5, 3))
    platform = ("platform-minute", 8, 4)
    cases = [Case(algorithm, (*by_key, *without, platform)) for algorithm in ALGORITHMS]
    for case, found in zip(cases, judged(*cases), strict=True):
        assert found.inferred == case.promised, found.printed
        assert all(policy["headers_truthful"] for policy in found.policies), found.printed
        assert found.code == 0, found.printed


def test_a_limiter_that_breaks_the_contract_is_exit_code_1_and_told(judged: Callable[..., list[Verdict]]) -> None:
    wrong = {
        ("--mutant", "limit-off-by-one"): "7 per 2 s per key (fixed-window); but the contract says 6 per 2 s per key",
        ("--mutant", "keys-share-a-counter"): "one counter for all, where the contract has one per key",
        ("--mutant", "retry-after-too-short"): "Retry-After is wrong",
        ("--mutant", "remaining-too-high"): "X-RateLimit-Remaining is wrong",
    }
    found = dict(zip(wrong, judged(*(Case(mock=flags) for flags in wrong)), strict=True))
    for flags, sentence in wrong.items():
        printed = " ".join(found[flags].printed.split())
        assert found[flags].code == 1, printed
        assert sentence in printed
        assert printed.partition("Written:")[0].endswith("Broken: limit public-general. ")


def test_another_algorithm_than_the_assumed_one_is_a_note_and_fails_who_wants_it_to(
    judged: Callable[..., list[Verdict]],
) -> None:
    bucket = ("--limit-algorithm", "token-bucket")
    noted, failed = judged(Case(mock=bucket), Case(mock=bucket, load=("--fail-on", "note")))
    for found in (noted, failed):
        (policy,) = found.policies
        assert (policy["algorithm"], policy["level"], policy["outcome"]) == ("token-bucket", "documented", "note")
        assert "6 per 2 s per key (fixed-window)" in policy["contract_says"]
    assert (noted.code, failed.code) == (0, 1), noted.printed
    assert "limit public-general (note)" in noted.printed


def test_the_verdict_is_the_same_however_many_processes_ask(
    judged: Callable[..., list[Verdict]],
    serve: Callable[[Case], Server],
    limiter: Callable[..., Command],
) -> None:
    limits = (("public-general", 6, 2), ("verification", 3, 2))
    one, two = judged(*(Case(limits=limits, load=("--processes", count)) for count in ("1", "2")))
    assert one.inferred == two.inferred == Case(limits=limits).promised, two.printed
    assert (one.code, two.code) == (0, 0)

    server = serve(Case(limits=limits))
    target = targets.read(server.ready)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plan = Plan(
        "limiter",
        target,
        overlays=(server.overlay,),
        expect_workers=2,
        master_port=port,
        duration=60.0,
    )
    flags = ("--target", str(server.ready), "--overlay", str(server.overlay), "--worker-of", f"127.0.0.1:{port}")
    workers = [limiter(*flags) for _ in range(2)]
    report = drive(plan, Contract.load(None, [server.overlay]), [], "", Console(file=io.StringIO()))
    assert report.limits is not None
    assert Verdict(report.exit_code, "", [dict(policy) for policy in report.limits.policies]).inferred == one.inferred
    assert report.exit_code == 0
    assert {observation.worker for observation in report.result.observations} == {0, 1}
    asked = [[seen.sent for seen in report.result.observations if seen.key == key] for key in ("key 1", "client")]
    assert max(map(min, asked)) < min(map(max, asked)), "what has nothing to do with each other is asked side by side"
    assert [worker.wait(PATIENCE) for worker in workers] == [0, 0]


def test_what_is_learnt_of_a_limiter_is_what_it_does(
    serve: Callable[[Case], Server], limiter: Callable[..., Command], tmp_path: Path
) -> None:
    forms, known, learnt = (tmp_path / f"{name}.yaml" for name in ("forms", "known", "learnt"))
    otherwise = {"reset": "seconds-left", "retry_after": "http-date"}
    actions = [{"target": "$['x-rate-limits']", "update": otherwise}]
    forms.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "Forms", "version": "1"}, "actions": actions}))
    known.write_text(Case(limits=(("self-service", 5, 3),)).overlay)
    server = serve(Case(limits=(("self-service", 7, 2),), mock=("--overlay", str(forms))))

    def told(*words: str) -> tuple[int, str]:
        process = limiter("--target", str(server.ready), "--overlay", str(known), *words)
        printed, _ = process.communicate(timeout=PATIENCE)
        return process.wait(), " ".join(printed.split())

    code, printed = told("--learn", str(learnt))
    assert code == 0, printed
    assert "limits.self_service: 7 in 2 s" in learnt.read_text()
    assert "X-RateLimit-Reset is the seconds left, which the contract does not have it be" in printed
    assert "Retry-After is an HTTP date" in printed
    code, printed = told("--overlay", str(learnt), "--overlay", str(forms), "--fail-on", "note")
    assert code == 0, printed

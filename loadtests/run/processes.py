"""Runs what was prepared: starts the processes that send, keeps them in hand, and brings back what they found.

Locust lives in those processes alone (`loadtests.generator.process`): a coordinator, and workers here or elsewhere.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.errors import TargetError, UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.endpoint import Endpoint
from loadtests.measure.result import Result
from loadtests.measure.statistics import Statistics
from loadtests.messages import Failed, Listening, Mustered, Progress, Work
from loadtests.run import plan as plans
from loadtests.run.children import Children
from loadtests.run.plan import Plan
from loadtests.run.preparing import Prepared

KNOCKING = 10.0  # seconds for a master to be there

Say = Callable[[str], None]


def run(prepared: Prepared, progress: plans.Progress | None = None, say: Say = lambda _: None) -> Result:
    """Blocks until the run is over. Ctrl-C ends it early, with what there is; a second one is a KeyboardInterrupt.

    `say` is told what is waited for, sentence by sentence. Raises UnreachableError where target or workers are not
    there.
    """
    plan, endpoint = prepared.plan, prepared.endpoint
    with (
        TemporaryDirectory(prefix="kordkit-load-") as folder,
        Children() as children,
    ):  # the folder is for this user alone
        found = Path(folder) / "result.json"
        lines = children.start_coordinator(replace(prepared.told, result=str(found)))
        workers = [children.start() for _ in range(0 if plan.expect_workers else plan.processes)]
        port = _port(next(lines))
        for worker in workers:
            children.tell(worker, Work(endpoint, "127.0.0.1", port))
        if plan.expect_workers:
            say(
                f"Waiting for {plan.expect_workers} workers on port {port}, {prepared.told.patience:g} s at most: start"
                f" each with --worker-of HOST:{port}, HOST being this machine as they know it."
            )
        _follow(lines, progress, say, plan.expect_workers)
        return Result.from_json(json.loads(found.read_text(encoding="utf-8")))


def work(plan: Plan, contract: Contract) -> None:
    """Work for the master at `plan.worker_of` until it has had enough. Raises UnreachableError where there is none."""
    host, _, port = (plan.worker_of or "").rpartition(":")
    if not host or not port.isdigit():
        raise TargetError(f"{plan.worker_of} is no HOST:PORT of a master")
    endpoint = Endpoint.of(plan.target, contract)
    _knock(host, int(port))
    with Children() as children:
        workers = [children.start() for _ in range(plan.processes)]
        for worker in workers:
            children.tell(worker, Work(endpoint, host, int(port)))
        for worker in workers:
            worker.wait()


def _port(said: Any) -> int:
    if isinstance(said, Failed):
        raise UnreachableError(said.sentence)
    assert isinstance(said, Listening), "it is the first that the coordinator says"
    return said.port


def _follow(lines: Iterator[Any], progress: plans.Progress | None, say: Say, expected: int) -> None:
    so_far = Statistics()
    for said in lines:
        match said:
            case Mustered(workers) if expected:
                say(f"{workers} of {expected} workers are there.")
            case Progress(elapsed, fresh) if progress is not None:
                so_far.add(Statistics.from_json(fresh))
                progress(elapsed, so_far)
            case Failed(sentence):
                raise UnreachableError(sentence)


def _knock(host: str, port: int) -> None:
    deadline = time.monotonic() + KNOCKING
    while True:
        try:
            socket.create_connection((host, port), timeout=KNOCKING).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise UnreachableError(f"there is no master at {host}:{port}: {error.strerror or error}") from error
        time.sleep(0.2)

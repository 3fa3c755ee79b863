"""Runs a plan: starts the processes that send, keeps them in hand, and brings back what they found.

Locust lives in those processes alone (`loadtests.generator.process`): a coordinator, and workers here or elsewhere.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.errors import TargetError, UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.addresses import second_client
from loadtests.api.client import Client
from loadtests.api.endpoint import Surface
from loadtests.api.fakes import Data, name_of_run
from loadtests.api.survey import Offer, fetch
from loadtests.measure.arrivals import parse
from loadtests.measure.result import Result
from loadtests.measure.statistics import Statistics
from loadtests.probe.targets import targets
from loadtests.run.catalogue import SCENARIOS, Scenario
from loadtests.run.children import Children
from loadtests.run.plan import Organization, Plan, Progress

PATIENCE = 60.0  # seconds for workers to come
PATIENCE_REMOTE = 600.0  # where somebody has to start them by hand
LIMITER = "limiter"
KNOCKING = 10.0  # seconds for a master to be there


def run(plan: Plan, progress: Progress | None = None) -> Result:
    """Blocks until the run is over. Ctrl-C ends it early, with what there is; a second one is a KeyboardInterrupt.

    Raises UnreachableError where target or workers are not there, TargetError where the plan lacks what the scenario
    needs.
    """
    contract = Contract.load(plan.contract, plan.overlays)
    surface = Surface.of(plan, contract)
    if plan.scenario == LIMITER and not plan.expect_workers:  # what others' machines can do is not known here
        surface = replace(surface, sources=second_client(surface))
    job = _job(plan, surface, contract)
    with (
        TemporaryDirectory(prefix="kordkit-load-") as folder,
        Children() as children,
    ):  # the folder is for this user alone
        found = Path(folder) / "result.json"
        lines = children.start_coordinator({**job, "result": str(found)})
        workers = [children.start() for _ in range(0 if plan.expect_workers else plan.processes)]
        port = next(lines)["port"]
        for worker in workers:
            children.tell(worker, {"role": "worker", "surface": surface.as_json(), "master": ["127.0.0.1", port]})
        _follow(lines, progress)
        return Result.from_json(json.loads(found.read_text(encoding="utf-8")))


def work(plan: Plan) -> None:
    """Work for the master at `plan.worker_of` until it has had enough. Raises UnreachableError where there is none."""
    host, _, port = (plan.worker_of or "").rpartition(":")
    if not host or not port.isdigit():
        raise TargetError(f"{plan.worker_of} is no HOST:PORT of a master")
    surface = Surface.of(plan, Contract.load(plan.contract, plan.overlays))
    _knock(host, int(port))
    with Children() as children:
        workers = [children.start() for _ in range(plan.processes)]
        for worker in workers:
            children.tell(worker, {"role": "worker", "surface": surface.as_json(), "master": [host, int(port)]})
        for worker in workers:
            worker.wait()


def _job(plan: Plan, surface: Surface, contract: Contract) -> Mapping[str, Any]:
    """What the coordinator is told. It holds no key: those go to the workers, each machine's own."""
    scenario = SCENARIOS.get(plan.scenario)
    if scenario is None:
        raise TargetError(f"there is no scenario {plan.scenario}: choose one of {', '.join(SCENARIOS)}")
    rate = plan.rate or scenario.rate
    try:
        parse(rate)
    except ValueError as error:
        raise TargetError(str(error)) from error
    if not plan.organizations:
        raise TargetError(f"{plan.scenario} needs an organization: --org, or --target")
    organization = plan.organizations[0]
    run_name = name_of_run()
    return {
        "role": "coordinator",
        "scenario": scenario.name,
        "user": scenario.user,
        "rate": rate,
        "users": plan.users,
        "together": scenario.together,
        "duration": plan.duration,
        "max_requests": plan.max_requests,
        "max_in_flight": plan.max_in_flight,
        "seed": plan.seed,
        "run": run_name,
        "observing": scenario.name == LIMITER,
        "organization": organization.slug,
        "offer": _offer(scenario, surface, organization, plan.duration).as_json(),
        "workers": plan.expect_workers or plan.processes,
        "bind": ["*", plan.master_port] if plan.expect_workers else ["127.0.0.1", 0],
        "patience": PATIENCE_REMOTE if plan.expect_workers else PATIENCE,
        "targets": [asdict(target) for target in targets(contract, surface, Data(plan.seed, run_name))]
        if scenario.name == LIMITER
        else [],
        "control": [plan.control_url, plan.admin_token] if plan.control_url else None,
    }


def _offer(scenario: Scenario, surface: Surface, organization: Organization, duration: float) -> Offer:
    if scenario.name == LIMITER and organization.service:
        return Offer(organization.service, "UTC", ())  # a request less that its windows would remember
    surface.key_for(organization.slug)
    offer = fetch(Client(surface), organization.slug, organization.service, duration)
    if scenario.writes and not offer.slots:
        raise TargetError(
            f"{organization.slug} has no free slot of {offer.service} beyond the run and its notice period to book"
        )
    return offer


def _follow(lines: Iterator[Mapping[str, Any]], progress: Progress | None) -> None:
    so_far = Statistics()
    for line in lines:
        if "fresh" in line and progress is not None:
            so_far.add(Statistics.from_json(line["fresh"]))
            progress(line["elapsed"], so_far)
        if "failed" in line:
            raise UnreachableError(line["failed"])


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

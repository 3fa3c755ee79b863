"""What sending a request costs: `python -m benchmarks load_generation`.

A mock is asked, in turn, for GET organization by processes of their own: a bare Locust FastHttpUser, our closed model,
our open model and wrk, each as fast as it can; then, at 1,000 a second, where most of the cost is waking up, by bare,
open and wrk, whose connections wait between their requests. The figure is requests for each second of processor time of
the sending process, so that what the server takes of a shared machine does not matter; ratios are of medians. k6 is not
among them: what npm and PyPI have under this name is something else.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.hot_path import API
from benchmarks.mocks import running_mock
from benchmarks.processes import spent_by_children
from benchmarks.report import Effort, Section, table
from benchmarks.wrk import number, spoken

WARM_UP = 1.0  # seconds
CLIENTS = 10
PACE = 1_000  # a second
SURPLUS = 50_000  # a second: more than a core can send
WITHOUT_END = 1 << 62
COMPARED = {
    "bare": "",
    "closed": "bare",
    "open": "bare",
    "wrk": "bare",
    "bare, paced": "",
    "open, paced": "bare, paced",
    "wrk, paced": "bare, paced",
}
WAITING = f"function delay() return {CLIENTS * 1000 // PACE} end"  # milliseconds, in wrk's Lua


def report(effort: Effort) -> Section:
    with running_mock("--limits", "off") as mock:
        target = (mock.server.url, str(mock.ready["organizations"][0]["slug"]), mock.key, effort.seconds)
        turns = [{subject: _measured(subject, target) for subject in COMPARED} for _ in range(effort.rounds)]
    medians = {subject: median(turn[subject] for turn in turns) for subject in COMPARED}
    rows = (
        (subject, f"{medians[subject]:,.0f}", f"{medians[subject] / medians[beside]:.2f} of {beside}" if beside else "")
        for subject, beside in COMPARED.items()
    )
    return Section(table(("sender", "requests for a second of its processor time", ""), rows))


def _measured(subject: str, target: tuple[str, str, str, int]) -> float:
    if subject.startswith("wrk"):
        return _wrk(*target, WAITING if subject.endswith("paced") else "")
    command = [sys.executable, "-m", __spec__.name, subject]
    done = subprocess.run(command, input=json.dumps(target), stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _wrk(url: str, slug: str, key: str, seconds: int, script: str) -> float:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pace.lua"
        file.write_text(script)
        command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-H", f"x-kordless-key: {key}", "-s", str(file)]
        before = spent_by_children()
        said = spoken(command, f"{url}{API}/org/{slug}")
        return number(r"(\d+) requests in", said) / (spent_by_children() - before)


def bare(url: str, slug: str, key: str, seconds: float, pace: float = 0.0) -> float:
    from locust import FastHttpUser, constant, constant_throughput, task
    from locust.env import Environment

    class Bare(FastHttpUser):
        host = url
        wait_time = constant_throughput(pace / CLIENTS) if pace else constant(0)

        @task
        def get(self) -> None:
            path = f"{API}/org/{slug}"
            self.client.get(path, headers={"x-kordless-key": key}, name="getOrganization")

    environment = Environment(user_classes=[Bare])
    environment.create_local_runner().start(CLIENTS, CLIENTS)
    return _figure(lambda: environment.stats.total.num_requests, seconds)


def closed(url: str, slug: str, key: str, seconds: float) -> float:
    from locust.env import Environment

    engine, user = _engine(url, slug, key)
    engine.budget = WITHOUT_END
    Environment(user_classes=[user]).create_local_runner().start(CLIENTS, CLIENTS)
    return _figure(_counted(engine), seconds)


def opened(url: str, slug: str, key: str, seconds: float, rate: int) -> float:
    engine, user = _engine(url, slug, key)

    from loadtests.generator.flows import Flows
    from loadtests.generator.open_model import OpenModel
    from loadtests.measure.arrivals import due_times, parse
    from loadtests.scenarios.visitor import Visitor

    flows = Flows(lambda number: user.flow(None, Visitor(engine.shared, number)))
    due = due_times(parse(f"{rate}/s"), WARM_UP + seconds, WITHOUT_END)
    OpenModel(engine, flows, enumerate(due), print)
    return _figure(_counted(engine), seconds)


def _figure(count: Callable[[], int], seconds: float) -> float:
    import gevent

    gevent.sleep(WARM_UP)
    begun, before = time.process_time(), count()
    gevent.sleep(seconds)
    return (count() - before) / (time.process_time() - begun)


def _engine(url: str, slug: str, key: str) -> Any:
    """What a worker sets up, and a scenario of a single step."""
    from contracts.spec.contract import Contract
    from loadtests.api.endpoint import Endpoint
    from loadtests.api.fakes import Data
    from loadtests.api.survey import Offer
    from loadtests.api.target import Organization, Target
    from loadtests.generator.connections import Connections
    from loadtests.generator.engine import Engine
    from loadtests.generator.user import ScenarioUser
    from loadtests.measure.arrivals import Account
    from loadtests.measure.recording import Recorder
    from loadtests.scenarios.shared import Shared

    class Looking(ScenarioUser):
        def flow(self, visitor: Any) -> Any:
            yield visitor.shared.build.get_organization(visitor.key)

    endpoint = Endpoint.of(Target(url, (Organization(slug, keys=(key,)),)), Contract.load())
    recorder = Recorder()
    begun = time.monotonic()
    client = Connections(endpoint, 1_000, lambda: time.monotonic() - begun)
    shared = Shared(endpoint, Offer(""), Data(0, ""), recorder, slug, 0, 1)
    ScenarioUser.engine = Engine(client, shared, Account(recorder, 1_000), 0, 1)
    return ScenarioUser.engine, Looking


def _counted(engine: Any) -> Callable[[], int]:
    """Answers so far. Reports as often as a worker does, so that this is in the figure too."""
    import gevent

    total = 0

    def report() -> None:
        nonlocal total
        while True:
            gevent.sleep(0.5)
            total += engine.shared.recorder.statistics.of().count
            json.dumps(engine.shared.recorder.take())

    gevent.spawn(report)
    return lambda: total + engine.shared.recorder.statistics.of().count


def _subject(name: str, url: str, slug: str, key: str, seconds: float) -> float:
    import locust  # noqa: F401  before anything else: it patches the process

    match name:
        case "bare":
            return bare(url, slug, key, seconds)
        case "closed":
            return closed(url, slug, key, seconds)
        case "open":
            return opened(url, slug, key, seconds, SURPLUS)
        case "bare, paced":
            return bare(url, slug, key, seconds, PACE)
        case "open, paced":
            return opened(url, slug, key, seconds, PACE)
    raise SystemExit(f"{name} is not measured")


if __name__ == "__main__":
    print(_subject(sys.argv[1], *json.load(sys.stdin)))

"""What sending a request costs the load generator, beside a bare Locust FastHttpUser that sends the same one.

    python benchmarks/load_generation.py

Starts a mock, then in turn (three times each) processes that send GET organization: a bare FastHttpUser, our closed
model and our open model, each as fast as it can; then bare and open at 1,000 a second, where most of the cost is waking
up. The figure is requests for each second of processor time of the sending process, so that what the server takes of a
shared machine does not matter; ratios are of medians.
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

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

ROUNDS = 3
WARM_UP = 1.0  # seconds
SECONDS = 4.0
CLIENTS = 10
PACE = 1_000  # a second
SURPLUS = 50_000  # a second: more than a core can send
WITHOUT_END = 1 << 62
COMPARED = {"bare": "", "closed": "bare", "open": "bare", "bare, paced": "", "open, paced": "bare, paced"}


def main() -> None:
    with TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [
            sys.executable,
            "-m",
            "kordkit",
            "mock",
            "--port",
            "0",
            "--limits",
            "off",
            "--ready-file",
            str(ready),
        ]
        mock = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not ready.exists():
                time.sleep(0.05)
            told = json.loads(ready.read_text())
            target = [told["url"], told["organizations"][0]["slug"], told["organizations"][0]["keys"]["public"]]
            turns = [{subject: _measured(subject, target) for subject in COMPARED} for _ in range(ROUNDS)]
        finally:
            mock.terminate()
            mock.wait()
    medians = {subject: median(turn[subject] for turn in turns) for subject in COMPARED}
    for subject, beside in COMPARED.items():
        ratio = f"{medians[subject] / medians[beside]:8.2f} of {beside}" if beside else ""
        print(f"{subject:12}{medians[subject]:10,.0f} requests per second of processor time{ratio}")


def _measured(subject: str, target: list[str]) -> float:
    command = [sys.executable, __file__, subject]
    done = subprocess.run(command, input=json.dumps(target), stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def bare(url: str, slug: str, key: str, pace: float = 0.0) -> float:
    from locust import FastHttpUser, constant, constant_throughput, task
    from locust.env import Environment

    class Bare(FastHttpUser):
        host = url
        wait_time = constant_throughput(pace / CLIENTS) if pace else constant(0)

        @task
        def get(self) -> None:
            path = f"/api/calendar/v1/public/org/{slug}"
            self.client.get(path, headers={"x-kordless-key": key}, name="getOrganization")

    environment = Environment(user_classes=[Bare])
    environment.create_local_runner().start(CLIENTS, CLIENTS)
    return _figure(lambda: environment.stats.total.num_requests)


def closed(url: str, slug: str, key: str) -> float:
    from locust.env import Environment

    engine, user = _engine(url, slug, key)
    engine.budget = WITHOUT_END
    Environment(user_classes=[user]).create_local_runner().start(CLIENTS, CLIENTS)
    return _figure(_counted(engine))


def opened(url: str, slug: str, key: str, rate: int) -> float:
    engine, user = _engine(url, slug, key)

    from loadtests.generator.open_model import Flows, OpenModel
    from loadtests.measure.arrivals import due_times, parse
    from loadtests.scenarios.visitor import Visitor

    flows = Flows(lambda number: user.flow(None, Visitor(engine.shared, number)))
    due = due_times(parse(f"{rate}/s"), WARM_UP + SECONDS, WITHOUT_END)
    OpenModel(engine, flows, enumerate(due), print)
    return _figure(_counted(engine))


def _figure(count: Callable[[], int]) -> float:
    import gevent

    gevent.sleep(WARM_UP)
    begun, before = time.process_time(), count()
    gevent.sleep(SECONDS)
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


def _subject(name: str, url: str, slug: str, key: str) -> float:
    import locust  # noqa: F401  before anything else: it patches the process

    match name:
        case "bare":
            return bare(url, slug, key)
        case "closed":
            return closed(url, slug, key)
        case "open":
            return opened(url, slug, key, SURPLUS)
        case "bare, paced":
            return bare(url, slug, key, PACE)
        case "open, paced":
            return opened(url, slug, key, PACE)
    raise SystemExit(f"{name} is not measured")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(_subject(sys.argv[1], *json.load(sys.stdin)))
    else:
        main()

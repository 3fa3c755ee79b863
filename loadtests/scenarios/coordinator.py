"""The coordinator: tells the workers what to send and when, and adds up what they report."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.rpc import Message

from contracts.errors import UnreachableError
from loadtests.arrivals import due_times, parse, share
from loadtests.recording import Gathered
from loadtests.result import Ending, Result
from loadtests.scenarios import messages
from loadtests.scenarios.connections import TIMEOUT
from loadtests.scenarios.user import ScenarioUser
from loadtests.statistics import Statistics

PAIRS = 8  # of clock readings for each worker before the start
HEAD_START = 0.3  # seconds from telling the workers to the first arrival
MARGIN = 5.0  # seconds that a worker may need beyond what it was told, before it counts as lost
MISSING = "missing"  # Locust's word for a worker that has not been heard of for some seconds

Said = Callable[[Mapping[str, Any]], None]


class GeneratorError(Exception):
    """A mistake of ours in a worker."""


class Coordinator:
    """`job` is what `loadtests.running` wrote; `say` takes lines for it: port, and once a second progress."""

    def __init__(self, job: Mapping[str, Any], users: Mapping[str, type[ScenarioUser]], say: Said) -> None:
        self._job = job
        self._say = say
        self._gathered = Gathered()
        self._fresh = Statistics()  # since the last progress line
        self._halted = Event()
        self._changed = Event()
        self._done: dict[int, int] = {}  # round done, by worker
        self._clocks: defaultdict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
        self._nodes: list[str] = []  # Locust's ids of the workers, by our number
        self._lost: set[int] = set()
        self._notes: list[str] = []
        self._origin = 0.0
        self._mistake = ""
        host, port = job["bind"]
        self._environment = Environment(user_classes=[users[job["user"]]], events=events)
        self._runner = self._environment.create_master_runner(host, port)
        self._runner.register_message(messages.CLOCK, self._hear_clock)
        self._runner.register_message(messages.REPORT, self._hear_report)
        self._runner.register_message(messages.FAILED, self._hear_failed)
        say({"port": self._runner.server.port})

    def halt(self) -> None:
        """Break the run off, as Ctrl-C does."""
        self._halted.set()
        self._changed.set()
        self._runner.send_message(messages.HALT)

    def run(self) -> Result:
        """Raises UnreachableError where not all workers come."""
        self._muster()
        self._begin()
        progress = gevent.spawn(self._progress)
        ended = self._load()
        progress.kill()
        self._runner.send_message(messages.BYE)
        gevent.sleep(0.1)  # for the message to leave
        return Result(
            scenario=self._job["scenario"],
            seed=self._job["seed"],
            ended="worker lost" if self._lost else "interrupted" if self._halted.is_set() else ended,
            statistics=self._gathered.statistics,
            observations=tuple(sorted(self._gathered.observations, key=lambda observation: observation.sent)),
            changes=tuple(sorted(self._gathered.changes, key=lambda change: change.at)),
            notes=tuple(self._notes),
        )

    def _muster(self) -> None:
        wanted, patience = self._job["workers"], self._job["patience"]
        deadline = time.monotonic() + patience
        while len(self._runner.clients) < wanted:
            if time.monotonic() > deadline or self._halted.is_set():
                found = len(self._runner.clients)
                raise UnreachableError(f"{found} of {wanted} workers came within {patience:.0f} s")
            gevent.sleep(0.02)
        self._nodes = sorted(self._runner.clients, key=self._runner.get_worker_index)[:wanted]

    def _begin(self) -> None:
        """Compare clocks, then tell every worker who it is."""
        for _ in range(PAIRS):
            for node in self._nodes:
                self._runner.send_message(messages.CLOCK, {"sent": time.monotonic()}, node)
            gevent.sleep(0.01)
        deadline = time.monotonic() + MARGIN
        while any(len(self._clocks[node]) < PAIRS for node in self._nodes):
            if time.monotonic() > deadline:
                raise UnreachableError("a worker came and does not answer any more")
            gevent.sleep(0.01)
        self._origin = time.monotonic() + HEAD_START
        told = {
            name: self._job[name]
            for name in ("user", "seed", "run", "offer", "organization", "max_in_flight", "observing")
        }
        for worker, node in enumerate(self._nodes):
            origin = self._origin + _offset(self._clocks[node])
            whole = {**told, "worker": worker, "workers": len(self._nodes), "origin": origin}
            self._runner.send_message(messages.BEGIN, whole, node)

    def _load(self) -> Ending:
        users = self._job["users"]
        return self._closed(users) if users else self._open()

    def _open(self) -> Ending:
        rate, until, limit, together = (self._job[name] for name in ("rate", "duration", "max_requests", "together"))
        self._tell({"begin": 0.0, "rate": rate, "until": until, "limit": limit, "together": together})
        due = list(due_times(parse(rate), until, limit, together))
        self._await(1, until + TIMEOUT + MARGIN)
        self._drop_share_of_lost(due)
        return "count" if len(due) == limit else "time"

    def _closed(self, users: int) -> Ending:
        busy = min(users, len(self._nodes))
        self._tell({"users": users, "budget": -(-self._job["max_requests"] // busy)})
        gevent.spawn(self._runner.start, users, users)
        over = self._await(1, self._job["duration"], busy)
        self._runner.send_message(messages.HALT)
        self._await(1, TIMEOUT + MARGIN)
        return "count" if over else "time"

    def _tell(self, told: Mapping[str, Any]) -> None:
        self._runner.send_message(messages.ROUND, {"number": 1, "workers": len(self._nodes), **told})

    def _await(self, number: int, seconds: float, enough: int | None = None) -> bool:
        """Until so many workers (all) have done that round, or are lost; False if time ran out before."""
        deadline = time.monotonic() + HEAD_START + seconds
        while True:
            if self._mistake:
                raise GeneratorError(f"the load generator itself failed: {self._mistake}")
            waited = {worker for worker in range(len(self._nodes)) if self._done.get(worker, 0) < number} - self._lost
            if not waited or (enough is not None and len(self._nodes) - len(waited) >= enough):
                return True
            now = time.monotonic()
            if now >= deadline:
                if enough is None:
                    self._lose(waited)
                return False
            gone = {worker for worker in waited if self._is_gone(self._nodes[worker])}
            if gone == waited:
                self._lose(gone)
                continue
            if self._halted.is_set():
                deadline = min(deadline, now + 2 * MARGIN)
            self._changed.clear()
            self._changed.wait(min(deadline - now, 0.5))

    def _is_gone(self, node: str) -> bool:
        client = self._runner.clients.get(node)
        return client is None or client.state == MISSING

    def _lose(self, workers: Iterable[int]) -> None:
        for worker in sorted(workers):
            self._lost.add(worker)
            self._notes.append(
                f"worker {worker + 1} of {len(self._nodes)} was lost: what it did not report as sent counts as dropped"
            )

    def _drop_share_of_lost(self, due: list[float]) -> None:
        now = time.monotonic() - self._origin
        for worker in self._lost:
            planned = Counter(int(moment) for _, moment in share(due, worker, len(self._nodes)) if moment <= now)
            reported = self._gathered.by_worker.get(worker, Statistics())
            for second, arrivals in enumerate(reported.arrivals_by_second()):
                planned[second] -= arrivals.planned
            for second, count in planned.items():
                if count > 0:
                    self._gathered.statistics.dropped(second, count)

    def _hear_clock(self, msg: Message, **_: object) -> None:
        arrived = time.monotonic()
        told = msg.data
        self._clocks[msg.node_id].append((told["sent"], told["received"], told["answered"], arrived))

    def _hear_report(self, msg: Message, **_: object) -> None:
        told = msg.data
        self._gathered.add(told["worker"], told["part"])
        self._fresh.add(Statistics.from_json(told["part"]["statistics"]))
        if told["done"] is not None:
            self._done[told["worker"]] = told["done"]
            self._changed.set()

    def _hear_failed(self, msg: Message, **_: object) -> None:
        self._mistake = msg.data["sentence"]
        self._changed.set()

    def _progress(self) -> None:
        while True:
            gevent.sleep(1)
            fresh, self._fresh = self._fresh, Statistics()
            self._say({"elapsed": time.monotonic() - self._origin, "fresh": fresh.as_json()})


def _offset(pairs: list[tuple[float, float, float, float]]) -> float:
    """The worker's clock minus ours, from the exchange that took the shortest way."""
    sent, received, answered, arrived = min(pairs, key=lambda pair: (pair[3] - pair[0]) - (pair[2] - pair[1]))
    return ((received - sent) + (answered - arrived)) / 2

"""A worker: sends its share of what the coordinator plans, and reports."""

import time
from collections.abc import Iterator

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment

from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.steps import Flow
from loadtests.generator.connections import TIMEOUT, Connections, allow_many
from loadtests.generator.engine import Engine
from loadtests.generator.flows import Flows
from loadtests.generator.open_model import OpenModel
from loadtests.generator.post import hear, send
from loadtests.generator.user import ScenarioUser
from loadtests.generator.users import USERS
from loadtests.measure.arrivals import Account, due_times, parse, portion, share
from loadtests.measure.recording import Recorder
from loadtests.messages import Arrivals, Asked, Begin, Bye, Halt, Mistaken, Report, Requests, Shown, Users
from loadtests.probe.requests import step_of
from loadtests.scenarios.catalogue import SCENARIOS
from loadtests.scenarios.shared import Shared
from loadtests.scenarios.visitor import Visitor

REPORTS = 0.5  # seconds between two of them
SILENCE = 15.0  # seconds without a heartbeat of the coordinator, after which there is none any more
PATIENCE = TIMEOUT + 1.0  # seconds for answers still to come at the end of a run
HALTED = 3.0  # and when it is broken off


class Worker:
    """Returns from `serve` when the coordinator at `host` and `port` ends it or is gone."""

    def __init__(self, endpoint: Endpoint, host: str, port: int) -> None:
        allow_many()
        self._endpoint = endpoint
        self._recorder = Recorder()
        self._engine: Engine | None = None
        self._model: OpenModel | None = None
        self._scenario = ""
        self._halted = False
        self._ended = Event()
        self._index = 0
        self._heard = time.monotonic()
        self._environment = Environment(user_classes=list(USERS.values()), events=events)
        self._environment.events.heartbeat_received.add_listener(self._hear)
        self._environment.events.user_error.add_listener(self._fail)
        self._runner = self._environment.create_worker_runner(host, port)
        hear(self._runner, Asked, self._show_clock)
        hear(self._runner, Begin, self._begin)
        hear(self._runner, Arrivals, self._open, at_leisure=True)
        hear(self._runner, Requests, self._single, at_leisure=True)
        hear(self._runner, Users, self._closed, at_leisure=True)
        hear(self._runner, Halt, self._halt)
        hear(self._runner, Bye, lambda *_: self._ended.set())

    def serve(self) -> None:
        while not self._ended.wait(REPORTS):
            if time.monotonic() - self._heard > SILENCE:
                return
            self._report()

    def _hear(self, **_: object) -> None:
        self._heard = time.monotonic()

    def _show_clock(self, asked: Asked, _: str) -> None:
        received = time.monotonic()
        send(self._runner, Shown(asked.sent, received, time.monotonic()))

    def _begin(self, told: Begin, _: str) -> None:
        self._index = told.worker
        self._scenario = told.scenario
        self._recorder.observing = not told.scenario
        data = Data(told.seed, told.run)
        shared = Shared(self._endpoint, told.offer, data, self._recorder, told.organization, told.worker, told.workers)
        in_flight = told.users or max(portion(told.max_in_flight, told.worker, told.workers), 1)
        client = Connections(self._endpoint, in_flight, lambda: time.monotonic() - told.origin)
        self._engine = Engine(client, shared, Account(self._recorder, in_flight), told.worker, told.workers)
        ScenarioUser.engine = self._engine

    def _open(self, told: Arrivals, _: str) -> None:
        shared, flow = self._ready.shared, SCENARIOS[self._scenario].flow
        flows = Flows(lambda number: flow(Visitor(shared, number)), told.together)
        due = due_times(parse(told.rate), told.until, told.limit, told.together)
        self._send(flows, due, told.begin, told.number)

    def _single(self, told: Requests, _: str) -> None:
        build = self._ready.shared.build

        def only(number: int) -> Flow:
            yield step_of(build, told.requests[number])

        self._send(Flows(only), (request.offset for request in told.requests), told.begin, told.number)

    def _send(self, flows: Flows, due: Iterator[float], begin: float, number: int) -> None:
        """This worker's share of what is due so many seconds after `begin`."""
        engine = self._ready
        self._halted = False
        mine = ((each, begin + offset) for each, offset in share(due, engine.worker, engine.workers))
        self._model = OpenModel(engine, flows, mine, lambda greenlet: self._fail(greenlet.exception))
        self._model.join(lambda: HALTED if self._halted else PATIENCE)
        self._report(done=number)

    def _closed(self, told: Users, _: str) -> None:
        """Locust starts and runs the users; they stop when the budget is used up or the coordinator halts them."""
        engine = self._ready
        self._halted = False
        engine.requests, engine.users = told.limit, told.users
        while not self._halted and (engine.budget > 0 or not engine.joined):
            gevent.sleep(REPORTS / 10)
        greenlets = self._runner.user_greenlets
        greenlets.join(timeout=HALTED if self._halted else PATIENCE)
        greenlets.kill()
        engine.account.close()
        self._report(done=told.number)

    @property
    def _ready(self) -> Engine:
        assert self._engine is not None, "a round comes after the beginning"
        return self._engine

    def _halt(self, *_: object) -> None:
        self._halted = True
        if self._engine is not None:
            self._engine.budget = 0
        if self._model is not None:
            self._model.halt()

    def _fail(self, exception: BaseException, **_: object) -> None:
        send(self._runner, Mistaken(f"{type(exception).__name__}: {exception}"))

    def _report(self, done: int | None = None) -> None:
        if self._engine is not None:
            send(self._runner, Report(self._index, self._recorder.take(), done))

"""A worker: sends its share of what the coordinator plans, and reports."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.rpc import Message

from loadtests.api.desk import Desk
from loadtests.api.endpoint import Surface
from loadtests.api.fakes import Data
from loadtests.api.steps import Flow
from loadtests.api.survey import Offer
from loadtests.generator import messages
from loadtests.generator.connections import TIMEOUT, Connections, allow_many
from loadtests.generator.engine import Engine
from loadtests.generator.open_model import Flows, OpenModel
from loadtests.generator.user import ScenarioUser
from loadtests.measure.arrivals import Account, due_times, parse, portion, share
from loadtests.measure.recording import Recorder
from loadtests.scenarios.limiter import request_of
from loadtests.scenarios.visitor import Visitor

REPORTS = 0.5  # seconds between two of them
SILENCE = 15.0  # seconds without a heartbeat of the coordinator, after which there is none any more
PATIENCE = TIMEOUT + 1.0  # seconds for answers still to come at the end of a run
HALTED = 3.0  # and when it is broken off


class Worker:
    """`users`: the scenarios' classes by name. Returns from `serve` when the coordinator ends it or is gone."""

    def __init__(self, surface: Surface, users: Mapping[str, type[ScenarioUser]], host: str, port: int) -> None:
        allow_many()
        self._surface = surface
        self._users = users
        self._recorder = Recorder()
        self._engine: Engine | None = None
        self._model: OpenModel | None = None
        self._halted = False
        self._ended = Event()
        self._index = 0
        self._heard = time.monotonic()
        self._environment = Environment(user_classes=list(users.values()), events=events)
        self._environment.events.heartbeat_received.add_listener(self._hear)
        self._environment.events.user_error.add_listener(self._fail)
        self._runner = self._environment.create_worker_runner(host, port)
        self._runner.register_message(messages.CLOCK, self._clock)
        self._runner.register_message(messages.BEGIN, self._begin)
        self._runner.register_message(messages.ROUND, self._round, concurrent=True)
        self._runner.register_message(messages.HALT, self._halt)
        self._runner.register_message(messages.BYE, lambda **_: self._ended.set())

    def serve(self) -> None:
        while not self._ended.wait(REPORTS):
            if time.monotonic() - self._heard > SILENCE:
                return
            self._report()

    def _hear(self, **_: object) -> None:
        self._heard = time.monotonic()

    def _clock(self, msg: Message, **_: object) -> None:
        received = time.monotonic()
        answer = {"sent": msg.data["sent"], "received": received, "answered": time.monotonic()}
        self._runner.send_message(messages.CLOCK, answer)

    def _begin(self, msg: Message, **_: object) -> None:
        told = msg.data
        worker, workers, origin = told["worker"], told["workers"], told["origin"]
        self._index = worker
        self._recorder.observing = told["observing"]
        data = Data(told["seed"], told["run"])
        offer = Offer.from_json(told["offer"])
        desk = Desk(self._surface, offer, data, self._recorder, told["organization"], worker, workers)
        in_flight = told["users"] or max(portion(told["max_in_flight"], worker, workers), 1)
        client = Connections(self._surface, in_flight, lambda: time.monotonic() - origin)
        self._engine = Engine(client, desk, Account(self._recorder, in_flight), worker, workers)
        self._user = self._users[told["user"]](self._environment)
        ScenarioUser.engine = self._engine

    def _round(self, msg: Message, **_: object) -> None:
        """`requests`, or `users` of a closed model, or arrivals by `rate`; `begin` is on the run's timeline."""
        told, engine = msg.data, self._engine
        assert engine is not None
        self._halted = False
        if told.get("users"):
            self._closed(engine, told["users"], told["limit"])
        else:
            flows, due = (
                self._planned(engine, told) if told.get("requests") is not None else self._arriving(engine, told)
            )
            begin = told["begin"]
            mine = ((number, begin + offset) for number, offset in share(due, engine.worker, told["workers"]))
            self._model = OpenModel(engine, flows, mine, lambda greenlet: self._fail(greenlet.exception))
            self._model.join(lambda: HALTED if self._halted else PATIENCE)
        self._report(done=told["number"])

    def _planned(self, engine: Engine, told: Mapping[str, Any]) -> tuple[Flows, Iterator[float]]:
        requests = told["requests"]

        def only(number: int) -> Flow:
            _, key, operation, subject = requests[number]
            yield request_of(engine.desk, key, operation, subject)

        return Flows(only), (request[0] for request in requests)

    def _arriving(self, engine: Engine, told: Mapping[str, Any]) -> tuple[Flows, Iterator[float]]:
        def begin(number: int) -> Flow:
            return self._user.flow(Visitor(engine.desk, number))

        together = told["together"]
        due = due_times(parse(told["rate"]), told["until"], told["limit"], together)
        return Flows(begin, together), due

    def _closed(self, engine: Engine, users: int, limit: int) -> None:
        """Locust starts and runs the users; they stop when the budget is used up or the coordinator halts them."""
        engine.requests, engine.users = limit, users
        while not self._halted and (engine.budget > 0 or not engine.joined):
            gevent.sleep(REPORTS / 10)
        greenlets = self._runner.user_greenlets
        greenlets.join(timeout=HALTED if self._halted else PATIENCE)
        greenlets.kill()
        engine.account.close()

    def _halt(self, **_: object) -> None:
        self._halted = True
        if self._engine is not None:
            self._engine.budget = 0
        if self._model is not None:
            self._model.halt()

    def _fail(self, exception: BaseException, **_: object) -> None:
        self._runner.send_message(messages.FAILED, {"sentence": f"{type(exception).__name__}: {exception}"})

    def _report(self, done: int | None = None) -> None:
        if self._engine is None:
            return
        self._runner.send_message(messages.REPORT, {"worker": self._index, "part": self._recorder.take(), "done": done})

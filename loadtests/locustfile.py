"""The scenarios for plain Locust, its web page included: `locust -f loadtests/locustfile.py -H URL Browse`.

What to load is said by flags (`locust --help` has them at its end) or by KORDKIT_* variables; the key by
KORDLESS_API_KEY alone, so that it stands on no command line.
"""

import logging
import os
import time
from functools import cache
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest
from locust.runners import MasterRunner, WorkerRunner

from contracts.errors import TargetError, UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.clean_up import cancel_all
from loadtests.api.client import Client, ImpatientError
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data, name_of_run
from loadtests.api.steps import NO_ERRORS, Answer, Step
from loadtests.api.survey import survey
from loadtests.api.target import Organization, Target
from loadtests.generator.connections import Connections, allow_many
from loadtests.generator.engine import Engine
from loadtests.generator.user import ScenarioUser
from loadtests.generator.users import BookingFlow, Browse, IdempotencyStorm, Limiter, SelfService, SlotRace, Soak
from loadtests.measure.arrivals import Account
from loadtests.measure.recording import Recorder
from loadtests.measure.statistics import Statistics
from loadtests.scenarios.shared import Shared

__all__ = ["BookingFlow", "Browse", "IdempotencyStorm", "Limiter", "SelfService", "SlotRace", "Soak"]

KEY = "KORDLESS_API_KEY"
IN_FLIGHT = 10_000  # Locust's users bound it
UNBOUNDED = 1 << 62  # requests: Locust's --run-time is the bound


class UnexpectedAnswerError(Exception):
    """A status that the scenario does not expect, as Locust's page shows it."""


@events.init_command_line_parser.add_listener
def _add_flags(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("kordkit", f"The API key is taken from {KEY}.")
    group.add_argument("--org", env_var="KORDKIT_ORG", default="acme-salon", help="Slug of the organization")
    group.add_argument("--service", env_var="KORDKIT_SERVICE", default="", help="Slug of the service to book")
    group.add_argument("--seed", env_var="KORDKIT_SEED", type=int, default=0, help="Makes the same contacts again")


_contract = cache(Contract.load)


@events.init.add_listener
def _get_ready(**_: Any) -> None:
    """Whatever takes its time goes before the run: --run-time counts from when the loop last looked at the clock."""
    _contract()
    gevent.get_hub().loop.update_now()


class _Unread(Statistics):
    """Locust keeps the numbers here, and would not ask for ours however long it runs."""

    def sent(self, second: int, delay: float, lag: float) -> None:
        pass

    def answered(self, *_: object, **__: object) -> None:
        pass


@events.test_start.add_listener
def _prepare(environment: Environment, **_: Any) -> None:
    """Wherever users will run: find out what there is to book. Without that there is nothing to start."""
    if isinstance(environment.runner, MasterRunner):
        return
    try:
        ScenarioUser.engine = _engine(environment)
    except (TargetError, UnreachableError, ImpatientError) as error:
        environment.process_exit_code = 2
        raise StopTest(str(error)) from error


@events.test_stop.add_listener
def _clean(environment: Environment, **_: Any) -> None:
    """Cancel what the users could not cancel any more. A client has waited long enough after a minute and a half."""
    if not isinstance(environment.runner, MasterRunner) and hasattr(ScenarioUser, "engine"):
        shared = ScenarioUser.engine.shared
        cleaned = cancel_all(Client(shared.endpoint), shared.recorder.changes)
        for note in cleaned.notes(worker_lost=False):
            logging.getLogger(__name__).warning("%s", note)


def _engine(environment: Environment) -> Engine:
    options: Any = environment.parsed_options
    organization = Organization(options.org, options.service, keys=tuple(filter(None, [os.environ.get(KEY)])))
    endpoint = Endpoint.of(Target(environment.host or "", (organization,)), _contract())
    if not organization.keys:
        raise TargetError(f"there is no API key: plain Locust takes it from the variable {KEY} alone")
    offer = survey(Client(endpoint), organization, options.run_time or 0).offer
    runner = environment.runner
    worker = runner.worker_index if isinstance(runner, WorkerRunner) else 0
    workers = max(options.expect_workers, worker + 1)
    begun = time.monotonic()
    recorder = Recorder()
    recorder.statistics = _Unread()
    allow_many()
    engine = Engine(
        Connections(endpoint, IN_FLIGHT, lambda: time.monotonic() - begun),
        Shared(endpoint, offer, Data(options.seed, name_of_run()), recorder, options.org, worker, workers),
        Account(recorder, IN_FLIGHT),
        worker,
        workers,
        lambda step, answer, latency, error: _show(environment, step, answer, latency, error),
    )
    engine.budget = UNBOUNDED
    return engine


def _show(environment: Environment, step: Step, answer: Answer, latency: float, error: bool) -> None:
    """To Locust's own statistics, under the operation's name; the statuses of NO_ERRORS stand where the method does."""
    told = str(answer.status) if ScenarioUser.engine.shared.meaning(answer) in NO_ERRORS else step.method
    environment.events.request.fire(
        request_type=told,
        name=step.operation,
        response_time=latency,
        response_length=len(answer.body),
        exception=UnexpectedAnswerError(f"status {answer.status}" if answer.status else "no answer") if error else None,
        context={},
    )

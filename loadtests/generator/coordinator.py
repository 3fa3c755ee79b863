"""The coordinator: decides what is sent and when, and makes one result of what the workers report."""

import math
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust import User, events
from locust.env import Environment

from contracts.target.control import ControlApi
from loadtests.generator.connections import TIMEOUT
from loadtests.generator.crew import HEAD_START, MARGIN, Crew
from loadtests.generator.users import USERS
from loadtests.measure.arrivals import due_times, parse
from loadtests.measure.result import Ending, Result
from loadtests.measure.statistics import Statistics
from loadtests.messages import Arrivals, Begin, Coordinate, Listening, Load, Mustered, Probe, Progress, Requests, Users
from loadtests.probe.lanes import Burst, Lane, Lanes
from loadtests.probe.rounds import Round

Say = Callable[[Any], None]


class Coordinator:
    """`say` takes the messages for whoever started it: the port, who has come, and progress once a second."""

    def __init__(self, told: Coordinate, say: Say) -> None:
        self._told = told
        self._say = say
        self._notes: list[str] = []
        chosen: list[type[User]] = [USERS[told.job.scenario]] if isinstance(told.job, Load) else []
        environment = Environment(user_classes=chosen, events=events)
        self._runner = environment.create_master_runner(told.host, told.port)
        self._crew = Crew(self._runner)
        say(Listening(self._runner.server.port))

    def halt(self) -> None:
        """Break the run off, as Ctrl-C does."""
        self._crew.halt()

    def run(self) -> Result:
        """Raises UnreachableError where not all workers come, GeneratorError."""
        crew = self._crew
        crew.muster(self._told.workers, self._told.patience, lambda there: self._say(Mustered(there)))
        crew.begin(self._beginning)
        progress = gevent.spawn(self._progress)
        ended = self._probed(self._told.job) if isinstance(self._told.job, Probe) else self._loaded(self._told.job)
        progress.kill()
        crew.settle()
        crew.drop_what_was_lost()
        crew.dismiss()
        lost = [
            f"worker {worker + 1} of {len(crew)} was lost: what it did not report as sent counts as dropped"
            for worker in sorted(crew.lost)
        ]
        return Result(
            scenario=self._told.name,
            seed=self._told.seed,
            ended="worker lost" if crew.lost else "interrupted" if crew.halted.is_set() else ended,
            statistics=crew.gathered.statistics,
            observations=tuple(sorted(crew.gathered.observations, key=lambda observation: observation.sent)),
            changes=tuple(sorted(crew.gathered.changes, key=lambda change: change.at)),
            moved=crew.moved,
            notes=(*self._notes, *lost),
        )

    def _beginning(self, worker: int, origin: float) -> Begin:
        told, job = self._told, self._told.job
        return Begin(
            worker=worker,
            workers=len(self._crew),
            origin=origin,
            scenario=job.scenario if isinstance(job, Load) else "",
            users=job.users if isinstance(job, Load) else None,
            seed=told.seed,
            run=told.run,
            organization=told.organization,
            offer=told.offer,
            max_in_flight=told.max_in_flight,
        )

    def _loaded(self, job: Load) -> Ending:
        return self._closed(job.users) if job.users else self._open(job)

    def _open(self, job: Load) -> Ending:
        until, limit = self._told.duration, self._told.max_requests
        due = list(due_times(parse(job.rate), until, limit, job.together))
        self._crew.tell(lambda number: Arrivals(number, 0.0, job.rate, until, limit, job.together), due)
        self._crew.wait(until + TIMEOUT + MARGIN)
        return "count" if len(due) == limit else "time"

    def _closed(self, users: int) -> Ending:
        busy = min(users, len(self._crew))
        self._crew.tell(lambda number: Users(number, users, self._told.max_requests))
        gevent.spawn(self._runner.start, users, users)
        over = self._crew.wait(self._told.duration, busy)
        self._crew.stop()
        self._crew.wait(TIMEOUT + MARGIN)
        return "count" if over else "time"

    def _probed(self, job: Probe) -> Ending:
        """Round after round; the probe decides on each from all that was seen before.

        Where nobody moves the server's clock, policies that have nothing to do with each other are asked side by side.
        """
        control = ControlApi(job.control_url, job.admin_token, job.ca_bundle) if job.control_url else None
        seconds = math.inf if control else self._told.duration
        lanes = Lanes(job.targets, self._told.max_requests, seconds, side_by_side=control is None)
        pending: tuple[Lane, AsyncResult[Round | None]] | None = None  # one at a time, as they share the requests left
        while not self._is_over():
            if pending is None and (idle := lanes.idle) is not None:
                pending = idle, self._deciding(idle)
            if pending is not None:
                lane, decision = pending
                if self._is_made(decision, lanes.begins - HEAD_START):
                    lanes.plan(lane, decision.get(), self._crew.now() + HEAD_START)
                    pending = None
                    continue
            if math.isinf(lanes.begins):
                break
            self._let_pass(lanes.begins, control)
            if not self._is_over():
                self._send(lanes.take())
        self._notes += [f"the run ended while {policy} was asked" for policy in sorted(lanes.asked)]
        if pending is not None:
            self._notes.append("the run ended while the probe looked at what it had been answered")
        self._notes += [f"{policy} was not asked to the end: {why}" for policy, why in lanes.skipped.items()]
        return "time" if self._is_over() else "finished"

    def _deciding(self, lane: Lane) -> "AsyncResult[Round | None]":
        """In a thread: it may take seconds, in which the workers want to be heard."""
        self._crew.settle()
        return gevent.get_hub().threadpool.spawn(lane.decide, tuple(self._crew.gathered.observations))

    def _is_made(self, decision: "AsyncResult[Round | None]", until: float) -> bool:
        """Waits for a decision until then, or until the run is over."""
        seconds = max(min(until - self._crew.now(), self._left()), 0.0)
        gevent.wait([decision, self._crew.halted], seconds, count=1)
        return bool(decision.ready())

    def _left(self) -> float:
        """Seconds of the run, in real time."""
        return self._told.duration - (self._crew.now() - self._crew.moved)

    def _is_over(self) -> bool:
        return self._crew.halted.is_set() or bool(self._crew.lost) or self._left() < 0

    def _let_pass(self, moment: float, control: ControlApi | None) -> None:
        """Wait until shortly before; where there is a control API, the server's clock is moved over most of it."""
        ahead = round(moment - self._crew.now() - HEAD_START, 3)
        if control is not None and ahead > 0:
            control.advance(ahead)
            self._crew.moved += ahead
        self._crew.halted.wait(max(moment - self._crew.now() - HEAD_START, 0.0))

    def _send(self, burst: Burst) -> None:
        """The workers' timeline is that of a clock that is not moved."""
        begin = burst.begin - self._crew.moved
        due = [begin + each.offset for each in burst.requests]
        self._crew.tell(lambda number: Requests(number, begin, burst.requests), due)
        self._crew.wait(burst.end - burst.begin + TIMEOUT + MARGIN)

    def _progress(self) -> None:
        while True:
            gevent.sleep(1)
            fresh, self._crew.fresh = self._crew.fresh, Statistics()
            self._say(Progress(self._crew.now() - self._crew.moved, fresh.as_json()))

"""Sends steps for one process and writes down what came of each, whichever model drives it."""

from collections.abc import Callable
from itertools import count

import gevent
from gevent import GreenletExit

from loadtests.api.steps import Answer, Flow, Step, is_error
from loadtests.generator.connections import Connections
from loadtests.measure.arrivals import Account, portion
from loadtests.measure.observation import Observation
from loadtests.measure.statuses import Meaning
from loadtests.scenarios.shared import Shared
from loadtests.scenarios.visitor import Visitor

# Told of every answer: the step, the answer, milliseconds since it was due, whether it is an error; not of requests
# that the end of a run broke off, which Locust does not count.
Listener = Callable[[Step, Answer, float, bool], None]


class Engine:
    """`budget`: requests that the closed model may still send, in this process; the open model's are counted before.

    Each of its users brings a part of it: `requests` among all `users` of the run, wherever Locust has them started.
    """

    def __init__(
        self,
        client: Connections,
        shared: Shared,
        account: Account,
        worker: int,
        workers: int,
        listener: Listener | None = None,
    ) -> None:
        self.client = client
        self.shared = shared
        self.account = account
        self.worker = worker
        self.budget = 0
        self.requests, self.users = 0, 1
        self.joined = 0  # users
        self.workers = workers
        self._listener = listener
        self._numbers = count(worker, workers)

    @property
    def clock(self) -> Callable[[], float]:
        return self.client.clock

    def join(self) -> None:
        """One more user of the closed model, who waits for the run to begin."""
        self.budget += portion(self.requests, self.worker + self.joined * self.workers, self.users)
        self.joined += 1
        gevent.sleep(max(0.0, -self.clock()))

    def visitor(self) -> Visitor:
        """The next of the closed model."""
        return Visitor(self.shared, next(self._numbers))

    def perform_now(self, flow: Flow, step: Step) -> Step | None:
        """In the closed model a request is due when its turn has come."""
        now = self.clock()
        self.budget -= 1
        self.account.admit(now)
        try:
            return self.perform(flow, step, now)
        finally:
            self.account.finished()

    def perform(self, flow: Flow, step: Step, due: float) -> Step | None:
        """Sends a step of a flow and gives the next one, None at the flow's end. `due` on the run's timeline."""
        begun = self.clock()
        sent: float | None = None

        def on_sent(at: float) -> None:
            nonlocal sent
            sent = at
            self.account.sent(due, at - due, begun - due)

        try:
            answer = self.client.exchange(step, on_sent)
        except GreenletExit:  # the run is over
            if sent is not None:
                self._take_in(flow, step, due, Answer(0, {}, b"", self.clock(), sent), broken_off=True)
            raise
        return self._take_in(flow, step, due, answer)

    def _take_in(self, flow: Flow, step: Step, due: float, answer: Answer, broken_off: bool = False) -> Step | None:
        latency = (self.clock() - due) * 1000
        meaning = self.shared.meaning(answer)
        error = is_error(step, answer.status, meaning)
        recorder = self.shared.recorder
        recorder.statistics.answered(step.operation, int(due), answer.status, meaning, latency, error=error)
        if recorder.observing:
            recorder.observations.append(self._observed(step, due, answer, meaning))
        if self._listener is not None and not broken_off:
            self._listener(step, answer, latency, error)
        try:
            return flow.send(answer)
        except StopIteration:
            return None

    def _observed(self, step: Step, due: float, answer: Answer, meaning: Meaning) -> Observation:
        return Observation(
            key=step.key,
            operation=step.operation,
            sent=answer.sent,
            received=answer.received,
            meaning=meaning,
            headers={name: answer.headers[name] for name in self.shared.endpoint.observed if name in answer.headers},
            subject=step.subject,
            worker=self.worker,
            due=due,
        )

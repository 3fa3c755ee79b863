"""Sends steps for one process and writes down what came of each, whichever model drives it."""

from collections.abc import Callable
from itertools import count

from loadtests.arrivals import Account
from loadtests.desk import Desk
from loadtests.observation import Observation
from loadtests.scenarios.connections import Connections
from loadtests.steps import Answer, Step, is_error
from loadtests.visitor import Visitor

# Told of every answer: the step, the answer, milliseconds since it was due, whether it is an error.
Listener = Callable[[Step, Answer, float, bool], None]


class Engine:
    """`budget`: requests that the closed model may still send, in this process; the open model's are counted before."""

    def __init__(
        self,
        client: Connections,
        desk: Desk,
        account: Account,
        worker: int,
        workers: int,
        listener: Listener | None = None,
    ) -> None:
        self.client = client
        self.desk = desk
        self.account = account
        self.worker = worker
        self.budget = 0
        self._listener = listener
        self._numbers = count(worker, workers)

    @property
    def clock(self) -> Callable[[], float]:
        return self.client.clock

    def visitor(self) -> Visitor:
        """The next of the closed model."""
        return Visitor(self.desk, next(self._numbers))

    def perform_now(self, step: Step) -> Answer:
        """In the closed model a request is due when its turn has come."""
        now = self.clock()
        self.budget -= 1
        self.account.admit(now)
        try:
            return self.perform(step, now)
        finally:
            self.account.finished()

    def perform(self, step: Step, due: float) -> Answer:
        """`due` on the run's timeline; latency counts from then."""
        begun = sent = self.clock()

        def on_sent(at: float) -> None:
            nonlocal sent
            sent = at
            self.account.sent(due, at - due, begun - due)

        answer = self.client.exchange(step, on_sent)
        latency = (self.clock() - due) * 1000
        error = is_error(step, answer.status)
        recorder = self.desk.recorder
        recorder.statistics.answered(step.operation, int(due), answer.status, latency, error=error)
        if recorder.observing:
            recorder.observations.append(
                Observation(
                    key=step.key,
                    operation=step.operation,
                    sent=sent,
                    received=answer.received,
                    status=answer.status,
                    headers={
                        name: answer.headers[name] for name in self.desk.surface.observed if name in answer.headers
                    },
                    subject=step.subject,
                    worker=self.worker,
                    due=due,
                )
            )
        if self._listener is not None:
            self._listener(step, answer, latency, error)
        return answer

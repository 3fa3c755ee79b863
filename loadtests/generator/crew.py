"""The workers, as the coordinator sees them: who is there, what each was told, what each reported, who was lost."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gevent
from gevent.event import Event
from locust.runners import MasterRunner

from contracts.errors import UnreachableError
from loadtests.generator.post import hear, send
from loadtests.measure.arrivals import share
from loadtests.measure.clocks import Reading, Skew, skew, strayed
from loadtests.measure.recording import Gathered
from loadtests.measure.statistics import Statistics
from loadtests.messages import Asked, Begin, Bye, Halt, Mistaken, Report, Shown

PAIRS = 8  # of clock readings for each worker before the start
FEW = 4  # and later on
HESITATION = 1.0  # seconds that a worker may take for these
HEAD_START = 0.3  # seconds from telling the workers to the first arrival
MARGIN = 5.0  # seconds that a worker may need beyond what it was told, before it counts as lost
MISSING = "missing"  # Locust's word for a worker that has not been heard of for some seconds


class GeneratorError(Exception):
    """A mistake of ours in a worker."""


class Crew:
    """`moved`: seconds by which the server's clock was moved; observations are on the timeline that includes it."""

    def __init__(self, runner: MasterRunner) -> None:
        self.gathered = Gathered()
        self.fresh = Statistics()  # since somebody last took it
        self.halted = Event()
        self.lost: set[int] = set()
        self.moved = 0.0
        self._runner = runner
        self._nodes: list[str] = []  # Locust's ids of the workers, by our number
        self._clocks: defaultdict[str, list[Reading]] = defaultdict(list)
        self._asked = 0.0  # when clocks were last compared
        self._begun: Sequence[Skew] = ()  # by worker, when its timeline was set
        self._skews: list[Skew] = []  # and when last compared
        self._origin = 0.0
        self._round = 0
        self._due: list[Sequence[float]] = []  # of each round, on the workers' timeline
        self._done: dict[int, int] = {}  # round done, by worker
        self._changed = Event()
        self._mistake = ""
        hear(runner, Shown, self._hear_clock)
        hear(runner, Report, self._hear_report)
        hear(runner, Mistaken, self._hear_mistake)

    def __len__(self) -> int:
        return len(self._nodes)

    def now(self) -> float:
        """On the run's timeline."""
        return time.monotonic() - self._origin + self.moved

    def halt(self) -> None:
        """Break the run off, as Ctrl-C does."""
        self.halted.set()
        self._changed.set()
        self.stop()

    def stop(self) -> None:
        """No more arrivals in this round."""
        send(self._runner, Halt())

    def dismiss(self) -> None:
        send(self._runner, Bye())
        gevent.sleep(0.1)  # for the message to leave

    def muster(self, wanted: int, patience: float, come: Callable[[int], None]) -> None:
        """Wait until so many are there, `patience` seconds at most; `come` is told whenever their number has changed.

        Raises UnreachableError.
        """
        deadline, there = time.monotonic() + patience, 0
        while there < wanted:
            if time.monotonic() > deadline or self.halted.is_set():
                raise UnreachableError(f"of {wanted} workers only {there} came")
            gevent.sleep(0.02)
            if len(self._runner.clients) != there:
                there = len(self._runner.clients)
                come(there)
        self._nodes = sorted(self._runner.clients, key=self._runner.get_worker_index)[:wanted]

    def begin(self, told: Callable[[int, float], Begin]) -> None:
        """Compare clocks, then tell every worker who it is and when the run begins by its clock: `told` of these two.

        Raises UnreachableError where a worker has gone silent.
        """
        readings = self._compare(PAIRS, MARGIN)
        if any(len(found) < PAIRS for found in readings):
            raise UnreachableError("a worker came and does not answer any more")
        self._origin = time.monotonic() + HEAD_START
        self._begun = [skew(found) for found in readings]
        self._skews = [*self._begun]
        for worker, node in enumerate(self._nodes):
            origin = self._origin + self._begun[worker].ahead
            send(self._runner, told(worker, origin), node)

    def settle(self) -> None:
        """Take in what is pending. Clocks are compared for that: it lies between this comparison and the last.

        A worker that does not answer is left for `wait` to find; its clock is taken to be as it was.
        """
        if not self.gathered.pending:
            return
        for worker, found in enumerate(self._compare(FEW, HESITATION)):
            before = self._skews[worker]
            if found:
                self._skews[worker] = skew(found)
            self.gathered.settle(worker, *strayed(self._begun[worker], before, self._skews[worker]))

    def _compare(self, pairs: int, patience: float) -> list[Sequence[Reading]]:
        """Of each worker so many readings, or as many as came of it within `patience` seconds."""
        self._asked = time.monotonic()
        self._clocks.clear()
        present = [node for worker, node in enumerate(self._nodes) if worker not in self.lost]
        while asked := [node for node in present if len(self._clocks[node]) < pairs and not self._is_gone(node)]:
            if time.monotonic() > self._asked + patience:
                break
            for node in asked:
                send(self._runner, Asked(time.monotonic()), node)
            gevent.sleep(0.01)
        return [self._clocks[node] for node in self._nodes]

    def tell(self, told: Callable[[int], Any], due: Sequence[float] = ()) -> None:
        """Begin a round: `told` of its number.

        `due`: when each of its arrivals is, on the workers' timeline, where that is known before.
        """
        self._round += 1
        self._due.append(due)
        send(self._runner, told(self._round))

    def wait(self, seconds: float, enough: int | None = None) -> bool:
        """Until so many workers (all) have done the round or are lost; False if `seconds` were over before.

        Who of all has not done it by then is lost. Raises GeneratorError.
        """
        deadline = time.monotonic() + HEAD_START + seconds
        while True:
            if self._mistake:
                raise GeneratorError(f"the load generator itself failed: {self._mistake}")
            waited = {each for each in range(len(self)) if self._done.get(each, 0) < self._round} - self.lost
            if not waited or (enough is not None and len(self) - len(waited) >= enough):
                return True
            now = time.monotonic()
            if now >= deadline:
                if enough is None:
                    self.lost |= waited
                return False
            if all(self._is_gone(self._nodes[worker]) for worker in waited):
                self.lost |= waited
                continue
            if self.halted.is_set():
                deadline = min(deadline, now + 2 * MARGIN)
            self._changed.clear()
            self._changed.wait(min(deadline - now, 0.5))

    def drop_what_was_lost(self) -> None:
        """What a lost worker should have sent by now, and did not report, is dropped."""
        now = self.now() - self.moved
        for worker in self.lost:
            planned = Counter(int(due) for due in self._share(worker) if due <= now)
            reported = self.gathered.by_worker.get(worker, Statistics())
            planned.subtract(
                {second: arrivals.planned for second, arrivals in enumerate(reported.arrivals_by_second())}
            )
            for second, count in planned.items():
                if count > 0:
                    self.gathered.statistics.dropped(second, count)

    def _share(self, worker: int) -> Iterable[float]:
        return (due for round_ in self._due for _, due in share(round_, worker, len(self)))

    def _is_gone(self, node: str) -> bool:
        client = self._runner.clients.get(node)
        return client is None or client.state == MISSING

    def _hear_clock(self, told: Shown, node: str) -> None:
        arrived = time.monotonic()
        if told.sent >= self._asked:  # else it comes too late for the comparison that it was meant for
            self._clocks[node].append(Reading(told.sent, told.received, told.answered, arrived))

    def _hear_report(self, told: Report, _: str) -> None:
        self.gathered.add(told.worker, told.part, self.moved)
        self.fresh.add(Statistics.from_json(told.part["statistics"]))
        if told.done is not None:
            self._done[told.worker] = told.done
            self._changed.set()

    def _hear_mistake(self, told: Mistaken, _: str) -> None:
        self._mistake = told.sentence
        self._changed.set()

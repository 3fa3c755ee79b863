"""The open model: every arrival goes out when it is due, whether or not earlier ones have been answered."""

from collections.abc import Callable, Iterator

import gevent
from gevent import GreenletExit
from gevent.pool import Group
from gevent.queue import SimpleQueue

from loadtests.generator.engine import Engine
from loadtests.generator.flows import Flows

_TICK = 0.01  # seconds between two looks at whether the last answer has come


class OpenModel:
    """Sends what `arrivals` gives: number and due time of each, on the run's timeline, ascending.

    `failed` is told of a mistake of ours, by the greenlet that made it; the server's are answers like any other.
    There are as many senders as were ever needed at once: to begin a greenlet for each arrival costs a third more.
    """

    def __init__(
        self,
        engine: Engine,
        flows: Flows,
        arrivals: Iterator[tuple[int, float]],
        failed: Callable[[gevent.Greenlet], None],
    ) -> None:
        self._engine = engine
        self._flows = flows
        self._arrivals = arrivals
        self._due: SimpleQueue[tuple[int, float]] = SimpleQueue()
        self._idle = 0  # senders that no arrival is meant for yet
        self._senders = Group()
        self._failed = failed
        self._pacer = gevent.spawn(self._pace)
        self._pacer.link_exception(failed)

    def join(self, patience: Callable[[], float]) -> None:
        """Wait for the last arrival and then, `patience` seconds at most, for the answers still to come."""
        self._pacer.join()
        clock, account = self._engine.clock, self._engine.account
        given_up = clock() + patience()
        while account.in_flight and clock() < given_up:
            gevent.sleep(_TICK)
        self._senders.kill()
        account.close()

    def halt(self) -> None:
        """No more arrivals: those already due and not sent are dropped."""
        self._pacer.kill()

    def _pace(self) -> None:
        clock, account = self._engine.clock, self._engine.account
        try:
            for number, due in self._arrivals:
                gevent.sleep(max(due - clock(), 0))  # also when it is late already: others want to run, too
                while (wait := due - clock()) > 0:
                    gevent.sleep(wait)
                if not account.admit(due):
                    continue
                if self._idle:
                    self._idle -= 1
                else:
                    self._senders.spawn(self._serve).link_exception(self._failed)
                self._due.put((number, due))
        except GreenletExit:
            now = clock()
            for _, due in self._arrivals:
                if due > now:
                    break
                self._engine.shared.recorder.statistics.dropped(int(due))

    def _serve(self) -> None:
        while True:
            number, due = self._due.get()
            try:
                flow, step = self._flows.next(number)
                following = self._engine.perform(flow, step, due)
                if following is not None:
                    self._flows.went_on(flow, following)
            finally:
                self._engine.account.finished()
                self._idle += 1

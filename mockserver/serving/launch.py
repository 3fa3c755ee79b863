"""A mock from its start to its end, in one process or in several."""

import gc
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from signal import Signals
from typing import Any

from mockserver.observing.advice.finding import Finding, together
from mockserver.observing.advice.telling import Found
from mockserver.observing.request_log import RequestLog
from mockserver.serving.server import STOP_SIGNALS, leave, serve
from mockserver.serving.tls import Tls
from mockserver.serving.watching import Watch
from mockserver.serving.workers import WORKER_STOP_SIGNALS, Workers
from mockserver.wiring import Built
from mockserver.wiring.collector import keep, look


@dataclass(frozen=True, slots=True)
class Launch:
    """A process for each socket. `build` makes the mock in the process that serves it, `opening` where it is the first.

    `describe` gives what there is to announce of a mock, as JSON values; `announce` does so as soon as it is served;
    `conclude` is given, at the end, what clients did wrong, and in how many requests; `tell` a sentence when a worker
    has died. `watch` has another mock served when its files change.
    """

    sockets: Sequence[socket.socket]
    log: RequestLog
    build: Callable[[bool], Built]
    describe: Callable[[Built], dict[str, Any]]
    announce: Callable[[Mapping[str, Any]], None]
    conclude: Callable[[Found, int], None]
    tell: Callable[[str], None]
    tls: Tls | None = None
    watch: Watch | None = None

    def run(self) -> None:
        """Until SIGINT or SIGTERM. End the process with leave().

        Raises what the functions raise; OSError, ImportError and WorkersFailedError if it cannot be served.
        """
        if len(self.sockets) == 1:
            built = self.build(True)
            # Requests are answered already when it is described: what that takes need not have kept them waiting.
            self._serve(built, self.sockets[0], lambda: self.announce(self.describe(built)), STOP_SIGNALS)
            self.conclude(built.advice.findings(), built.advice.requests)
        else:
            self._run_workers()

    def _run_workers(self) -> None:
        gc.freeze()  # what is imported by now is common to all of them
        workers = Workers(len(self.sockets), self.announce, self.tell)
        worker = workers.run()
        if worker is None:
            self._conclude(workers.last_words)
            return
        own = self.sockets[worker.number]
        for sock in self.sockets:
            if sock is not own:
                sock.close()
        built = self.build(worker.opens)
        built.mock.journal.share(worker.siblings)
        built.mock.advice.share(worker.siblings)
        self._serve(built, own, lambda: worker.report(self.describe(built)), WORKER_STOP_SIGNALS)
        worker.report(
            {"advice": [finding for _, finding in built.advice.findings()], "requests": built.advice.requests}
        )
        leave(0)

    def _conclude(self, last_words: Sequence[Mapping[str, Any]]) -> None:
        """Workers have no worlds beside the mock's own."""
        found = together(Finding.read(values) for said in last_words for values in said["advice"])
        self.conclude([(None, finding) for finding in found], sum(said["requests"] for said in last_words))

    def _serve(
        self, built: Built, sock: socket.socket, on_ready: Callable[[], None], stop_signals: Sequence[Signals]
    ) -> None:
        def behind_the_requests() -> None:
            built.advice.judge()
            look(built.advice.requests)

        self.log.start(behind_the_requests)
        built.mock.dispatcher.start()
        app, gate = (built.gate, built.gate) if self.watch is None else (self.watch.app, self.watch)
        if self.watch is not None:
            self.watch.start(built)
        keep()
        try:
            serve(
                app,
                sock,
                on_ready=on_ready,
                body_limit=gate.body_limit,
                late=gate.late,
                broken=gate.broken,
                stop_signals=stop_signals,
                several=len(self.sockets) > 1,
                quick=gate.quick,
                tls=self.tls,
            )
        finally:
            (built.mock if self.watch is None else self.watch).close()
            self.log.stop()

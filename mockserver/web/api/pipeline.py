"""The way of every API request: ordered steps, the operation, and what is added to each answer."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.ports import SECOND, Clock
from mockserver.web.api.exchange import Exchange, Reply, Step
from mockserver.web.api.problems import Problems

Finish = Callable[[Exchange, Reply], None]
Record = Callable[[Exchange, Reply, int], None]

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Pipeline:
    """`steps` run in order until one replies or refuses; then the route's handler; then, always, `finishes`.

    `record` sees the finished answer with the nanoseconds it took.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        finishes: Sequence[Finish],
        problems: Problems,
        clock: Clock,
        record: Record,
    ) -> None:
        self._steps = tuple(steps)
        self._finishes = tuple(finishes)
        self._problems = problems
        self._clock = clock
        self._record = record

    def handle(self, environ: Mapping[str, Any]) -> Reply:
        """Never raises: what no rule foresaw is a 500, its stack trace goes to the log and nothing to the client."""
        begun = time.perf_counter_ns()
        exchange = Exchange(environ, self._clock.now())
        try:
            reply = self._answer(exchange)
        except Refused as refusal:
            reply = self._problems.reply(refusal)
        except Exception:
            logging.getLogger("kordkit.mock").exception("request %s failed", exchange.request_id)
            reply = self._problems.reply(Refused("server_error"))
        for finish in self._finishes:
            finish(exchange, reply)
        if reply.status != HTTPStatus.NO_CONTENT:
            reply.headers.append(("Content-Length", str(len(reply.body))))
        if exchange.method == "HEAD":
            reply.body = b""
        self._record(exchange, reply, time.perf_counter_ns() - begun)
        return reply

    def _answer(self, exchange: Exchange) -> Reply:
        for step in self._steps:
            reply = step(exchange)
            if reply is not None:
                return reply
        return exchange.matched.handler(exchange)


class DateHeader:
    """`Date` is the mock's clock, so that clients need no clock of their own. Formatted once a second."""

    def __init__(self) -> None:
        self._last = (-1, "")

    def __call__(self, exchange: Exchange, reply: Reply) -> None:
        reply.headers.append(("Date", self.at(exchange.arrived)))

    def at(self, moment: int) -> str:
        """The header's value at a moment in nanoseconds."""
        second, text = self._last
        if second != moment // SECOND:
            second = moment // SECOND
            text = formatdate(second, usegmt=True)
            self._last = (second, text)
        return text

"""The way of every API request: ordered steps, the operation behind them, and what is added to each answer."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol

from mockserver.domain.errors import Refused
from mockserver.ports import SECOND, Clock
from mockserver.web.api.called import called
from mockserver.web.api.exchange import Exchange, Handler, Reply
from mockserver.web.api.problems import Problems

Step = Callable[[Exchange], Reply | None]
"""Lets the request pass to the next one (None), answers it, or raises Refused."""


class Wrapping(Protocol):
    """A step that acts before and after those behind it: it calls them itself, where the request concerns it."""

    def around(self, behind: Handler) -> Step: ...


Finish = Callable[[Exchange, Reply], None]
Record = Callable[[Exchange, Reply, int], None]

NO_CONTENT = HTTPStatus.NO_CONTENT.value
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

LAST_OF_HEAD = "authentication"
"""The step behind which the body of a request is read; who does not get so far need not send one."""

RECEIVED = "kordkit.received"
"""Where in the WSGI environment the exchange of a request stands whose head has passed, and whose body is read."""

UNRECORDED = "request %s was answered, but could not be recorded"

_log = logging.getLogger("kordkit.mock")


class Pipeline:
    """`steps`, by name, run in order until one replies or refuses, the operation being the last of them.

    Then, always, `finishes` add to the answer. `record` sees the finished one with the nanoseconds it took.
    """

    def __init__(
        self,
        steps: Mapping[str, Step | Wrapping],
        finishes: Sequence[Finish],
        problems: Problems,
        clock: Clock,
        record: Record,
    ) -> None:
        chain, head = list(map(called, _chain(list(steps.values())))), list(steps).index(LAST_OF_HEAD) + 1
        self._whole = tuple(chain)
        self._head, self._behind_head = (*chain[:head], _pass), tuple(chain[head:])
        self._finishes = tuple(map(called, finishes))
        self._problems = problems
        self._failed = problems.reply(Refused("server_error"))
        self._clock = clock
        self._record = called(record)

    def wants_body(self, environ: dict[str, Any]) -> bool:
        """Of a request whose head is all that has come so far. `handle` then goes on from where this has got."""
        exchange = environ[RECEIVED] = Exchange(environ, self._clock.now())
        reply = self._answered(exchange, self._head)
        if reply is not _PASSED:
            exchange.answered = reply
        return reply is _PASSED

    def handle(self, environ: dict[str, Any]) -> Reply:
        """Never raises: what no rule foresaw is a 500, its stack trace goes to the log and nothing to the client."""
        begun = time.perf_counter_ns()
        exchange = environ.pop(RECEIVED, None)
        if exchange is None:
            exchange = Exchange(environ, self._clock.now())
            reply = self._answered(exchange, self._whole)
        else:
            exchange.arrived = self._clock.now()  # a request has arrived when all of it has
            reply = exchange.answered or self._answered(exchange, self._behind_head)
        try:
            for finish in self._finishes:
                finish(exchange, reply)
        except Exception:
            reply = self._failure(exchange)
            for finish in self._finishes:
                with suppress(Exception):  # the others still have their say
                    finish(exchange, reply)
        if reply.status != NO_CONTENT:
            reply.headers.append(("Content-Length", str(len(reply.body))))
        if exchange.method == "HEAD":
            reply.body = b""
        try:
            self._record(exchange, reply, time.perf_counter_ns() - begun)
        except Exception:
            _log.exception(UNRECORDED, exchange.request_id)
        return reply

    def _answered(self, exchange: Exchange, steps: Sequence[Step]) -> Reply:
        try:
            try:
                for step in steps:
                    reply = step(exchange)
                    if reply is not None:
                        return reply
                raise _unanswered(exchange)
            except Refused as refusal:
                return self._problems.refuse(exchange, refusal)
        except Exception:
            return self._failure(exchange)

    def _failure(self, exchange: Exchange) -> Reply:
        _log.exception("request %s failed", exchange.request_id)
        exchange.refusal = Refused("server_error")
        return Reply(self._failed.status, self._failed.body, [*self._failed.headers])


_PASSED = Reply(HTTPStatus.CONTINUE, b"", [])
"""Of a head that nothing was wrong with."""


def _pass(_: Exchange) -> Reply:
    return _PASSED


def chained(steps: Sequence[Step | Wrapping]) -> Handler:
    """One handler of all steps."""
    return _in_turn(_chain(steps))


def _chain(steps: Sequence[Step | Wrapping]) -> Sequence[Step]:
    """Each that wraps those behind it does so."""
    chain: list[Step] = []
    for step in reversed(steps):
        chain.insert(0, step.around(_in_turn(chain)) if hasattr(step, "around") else step)
    return chain


def _in_turn(steps: Sequence[Step]) -> Handler:
    steps = tuple(map(called, steps))

    def run(exchange: Exchange) -> Reply:
        for step in steps:
            reply = step(exchange)
            if reply is not None:
                return reply
        raise _unanswered(exchange)

    return run


def _unanswered(exchange: Exchange) -> RuntimeError:
    return RuntimeError(f"{exchange.method} {exchange.path} passed every step and was answered by none")


class DateHeader:
    """`Date` is the mock's clock, so that clients need no clock of their own. Formatted once a second."""

    def __init__(self) -> None:
        self._last = (-1, ("Date", ""))

    def __call__(self, exchange: Exchange, reply: Reply) -> None:
        second = exchange.arrived // SECOND
        last, header = self._last
        if last != second:
            header = ("Date", self.at(exchange.arrived))
            self._last = (second, header)
        reply.headers.append(header)

    def at(self, moment: int) -> str:
        """The header's value at a moment in nanoseconds."""
        return formatdate(moment // SECOND, usegmt=True)

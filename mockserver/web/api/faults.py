"""What is done to requests on purpose: because of faults in force, or because the request itself prefers it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from string import Formatter
from typing import NamedTuple

from mockserver.application.faults import fire
from mockserver.domain.causes import Cause
from mockserver.domain.errors import Refused
from mockserver.domain.faults import Action
from mockserver.ports import State
from mockserver.web.api.exchange import Exchange, Handler, Reply, Wire, environ_name
from mockserver.web.api.pipeline import Step
from mockserver.web.api.preferences import preferences
from mockserver.web.api.problems import Problems

APPLIED = "Preference-Applied"
SLOW_BODY_SECONDS = 5.0
OTHER_TYPE = "text/html"
UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}  # as PEP 3333 has them
RETRY_AFTER = 1
"""Whole seconds, where an answer promises the header and nobody chose."""


class Documented(NamedTuple):
    """An error of the contract; `operations` that name it, None for all."""

    cause: Cause
    status: int
    detail: str
    operations: frozenset[str] | None


class Errors:
    """The contract's errors, answered though nothing has caused them."""

    def __init__(self, documented: Iterable[Documented]) -> None:
        self._by_cause: Mapping[str, Documented] = {error.cause: error for error in documented}

    def refusal(self, action: Action, operation: str) -> Refused | None:
        """None for a status that the contract has no error for.

        What the sentence tells of a request is not known: the names of it stand for it.
        """
        error = self._by_cause[action.cause] if action.cause else self._of_status(action.status, operation)
        if error is None:
            return None
        wait = RETRY_AFTER if action.retry_after is None and error.cause == "rate_limited" else action.retry_after
        named = {name: name for _, name, _, _ in Formatter().parse(error.detail) if name}
        return Refused(error.cause, retry_after=wait, **named)

    def _of_status(self, status: int | None, operation: str) -> Documented | None:
        """The one that the operation itself names, if there is one."""
        found = [error for error in self._by_cause.values() if error.status == status]
        return min(found, key=lambda error: _distance(error, operation), default=None)


def _distance(error: Documented, operation: str) -> int:
    if error.operations is None:
        return 1
    return 0 if operation in error.operations else 2


class _Asked(NamedTuple):
    """What faults look at of a request; `organization` is that of its key."""

    exchange: Exchange
    method: str
    path: str
    operation: str | None
    organization: str | None
    key_id: str | None

    def header(self, name: str, /) -> str | None:
        return self.exchange.header(UNPREFIXED.get(name.lower()) or environ_name(name))


class FaultInjection:
    """Wraps all that comes behind authentication. `slugs` of organizations by id; `statuses` that a request may prefer,
    where preferences are heeded."""

    def __init__(
        self,
        state: State,
        problems: Problems,
        errors: Errors,
        slugs: Mapping[str, str],
        statuses: Collection[int],
        *,
        heeds_preferences: bool,
    ) -> None:
        self._state = state
        self._problems = problems
        self._errors = errors
        self._slugs = slugs
        self._statuses = statuses
        self._heeds_preferences = heeds_preferences

    def around(self, behind: Handler) -> Step:
        state, heeds_preferences = self._state, self._heeds_preferences

        def injecting(exchange: Exchange) -> Reply | None:
            if heeds_preferences and "HTTP_PREFER" in exchange.environ:
                reply = self._preferred(exchange, behind)
                if reply is not None:
                    return reply
            return self._ruled(exchange, behind) if state.faults else None

        return injecting

    def _preferred(self, exchange: Exchange, behind: Handler) -> Reply | None:
        """A request that says what is to go wrong with it is not shown to the faults in force."""
        wished = preferences(exchange.environ["HTTP_PREFER"], self._statuses)
        reply = None
        if wished.applied:
            exchange.fault = ", ".join(f"{applied} (Prefer)" for applied in wished.applied)
            reply = self._answer(exchange, behind, wished.action, wished.delay)
            reply.headers.append((APPLIED, ", ".join(wished.applied)))
        if wished.problems:
            exchange.hint = "; ".join(filter(None, (exchange.hint, *wished.problems)))
        return reply

    def _ruled(self, exchange: Exchange, behind: Handler) -> Reply | None:
        firing = fire(self._state, self._asked(exchange))
        if not firing:
            return None
        exchange.fault = ", ".join(f"{fired.action.kind} ({fired.id})" for fired in firing)
        deciding = firing[-1].action if firing[-1].action.kind != "latency" else None
        return self._answer(exchange, behind, deciding, sum(fired.delay for fired in firing))

    def _asked(self, exchange: Exchange) -> "_Asked":
        key = exchange.key
        return _Asked(
            exchange,
            exchange.method,
            exchange.path,
            exchange.matched.operation,
            None if key is None else self._slugs.get(key.organization),
            None if key is None else key.id,
        )

    def _answer(self, exchange: Exchange, behind: Handler, action: Action | None, delay: float) -> Reply:
        """What `action` leaves of the answer, held back for so many seconds."""
        match action:
            case Action(kind="error"):
                return self._error(exchange, action, delay)
            case Action(kind="connection-closed" | "connection-reset"):
                wire = Wire(delay, close=action.kind == "connection-closed", reset=action.kind == "connection-reset")
                return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"", [], wire)  # for whom there is no connection to end
        try:
            reply = behind(exchange)
        except Refused as refusal:
            reply = self._problems.refuse(exchange, refusal)
        return _spoilt(reply, action, delay)

    def _error(self, exchange: Exchange, action: Action, delay: float) -> Reply:
        refusal = self._errors.refusal(action, exchange.matched.operation)
        reply = _gateway_page(action) if refusal is None else self._problems.refuse(exchange, refusal)
        reply.wire = _held_back(delay)
        return reply


def _spoilt(reply: Reply, action: Action | None, delay: float) -> Reply:
    spoilt = replace(reply, headers=[*reply.headers], wire=_held_back(delay))
    match action:
        case Action(kind="response-lost"):
            spoilt.wire = Wire(delay, close=True)
        case Action(kind="truncated-body"):
            spoilt.wire = Wire(delay, cut=len(reply.body) // 2 if action.bytes is None else action.bytes)
        case Action(kind="slow-body"):
            spoilt.wire = Wire(delay, spread=SLOW_BODY_SECONDS if action.seconds is None else action.seconds)
        case Action(kind="malformed-json"):
            spoilt.body = reply.body[:-1]
        case Action(kind="wrong-content-type"):
            typed = action.content_type or OTHER_TYPE
            spoilt.headers = [(name, typed if name == "Content-Type" else value) for name, value in reply.headers]
    return spoilt


def _held_back(delay: float) -> Wire | None:
    return Wire(delay) if delay else None


def _gateway_page(action: Action) -> Reply:
    """As what stands before a server answers for it."""
    status = HTTPStatus(action.status or HTTPStatus.BAD_GATEWAY)
    title = f"{status.value} {status.phrase}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    wait = [] if action.retry_after is None else [("Retry-After", str(action.retry_after))]
    return Reply(status, page.encode(), [("Content-Type", OTHER_TYPE), *wait])

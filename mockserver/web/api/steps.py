"""In which order a request is looked at (`auth.order` of the contract), and what every answer is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.web.api.authentication import Authentication
from mockserver.web.api.body import Body
from mockserver.web.api.cors import Cors
from mockserver.web.api.exchange import Exchange, Handler, Reply
from mockserver.web.api.faults import FaultInjection
from mockserver.web.api.hints import Hints
from mockserver.web.api.pipeline import DateHeader, Finish, Step, Wrapping
from mockserver.web.api.query import read_query
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.replay import Replay
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.routing import Router
from mockserver.web.api.tenancy import Tenancy


@dataclass(frozen=True, slots=True)
class Steps:
    """What a request meets on its way; `handlers` by operation."""

    request_ids: RequestIds
    router: Router
    authentication: Authentication
    faults: FaultInjection
    rate_limits: RateLimits
    body: Body
    tenancy: Tenancy
    replay: Replay
    handlers: Mapping[str, Handler]
    date: DateHeader
    hints: Hints | None
    cors: Cors | None

    def in_order(self) -> Mapping[str, Step | Wrapping]:
        """By name. The journal is told at the end, of the finished answer."""
        return {
            "request id": self.request_ids.name,
            "route": self.router.step,
            "authentication": self.authentication,
            "faults": self.faults,
            "rate limit": self.rate_limits.admit,
            "query": read_query,
            "body": self.body,
            "tenancy": self.tenancy,
            "idempotency": self.replay,
            **({} if self.hints is None else {"hints": self.hints.look}),
            "validation": validate,
            "operation": self.operate,
        }

    def finishes(self) -> Sequence[Finish]:
        """What every answer is given, a refusal too, in order: what comes later sees the headers before it."""
        hints = () if self.hints is None else (self.hints.tell,)
        cors = () if self.cors is None else (self.cors.permit,)
        return (self.rate_limits.tell, self.request_ids.echo, self.date, *hints, *cors)

    def operate(self, exchange: Exchange) -> Reply:
        return self.handlers[exchange.matched.operation](exchange)


def validate(exchange: Exchange) -> None:
    exchange.matched.checker.check(exchange)

"""In which order a request is looked at (`auth.order` of the contract), and what every answer is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.domain.errors import Refused
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
    """What a request meets on its way; `handlers` by operation.

    `keys_first`: who asks for what there is not is asked for a key before it is told so. `validation_first`: what is
    asked for is judged before who may ask. `failures_count`: a client is charged for keys that are none. `finishing` is
    what the contract wants of answers beside the usual.
    """

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
    finishing: Sequence[Finish] = ()
    keys_first: bool = False
    validation_first: bool = False
    failures_count: bool = False

    def in_order(self) -> Mapping[str, Step | Wrapping]:
        """By name. The journal is told at the end, of the finished answer."""
        return {
            "request id": self.request_ids.name,
            "route": self._route_for_holders if self.keys_first else self.router.step,
            "authentication": self._charge_failures if self.failures_count else self.authentication,
            "faults": self.faults,
            "rate limit": self.rate_limits.admit,
            "query": read_query,
            "body": self.body,
            **({"judgement": _judge} if self.validation_first else {}),
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
        return (self.rate_limits.tell, *self.finishing, self.request_ids.echo, self.date, *hints, *cors)

    def _route_for_holders(self, exchange: Exchange) -> Reply | None:
        try:
            return self.router.step(exchange)
        except Refused:
            if exchange.method != "OPTIONS":
                self.authentication.identify(exchange)
                exchange.key = None  # nothing was asked with it
            raise

    def _charge_failures(self, exchange: Exchange) -> None:
        """The limits are told of where they are what the request is refused for."""
        try:
            self.authentication(exchange)
        except Refused:
            self.rate_limits.admit(exchange)
            exchange.admission = None
            raise

    def operate(self, exchange: Exchange) -> Reply:
        return self.handlers[exchange.matched.operation](exchange)


def validate(exchange: Exchange) -> None:
    exchange.matched.checker.check(exchange)


def _judge(exchange: Exchange) -> None:
    """Leaves query and body as they were sent."""
    query, body = exchange.query, exchange.body
    validate(exchange)
    exchange.query, exchange.body = query, body

"""The parts that a mock is put together from: who wants another behaviour replaces the part that has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.adapters.sending import HttpSender
from mockserver.application.availability import Availability
from mockserver.application.bookings import BookingService
from mockserver.application.dispatcher import Dispatcher
from mockserver.application.idempotency import Idempotency
from mockserver.application.webhooks import Webhooks
from mockserver.limits.limiter import Limiter
from mockserver.ports import Ids, Sender, State
from mockserver.storage.opening import open_state
from mockserver.web.api.authentication import Authentication
from mockserver.web.api.body import Body
from mockserver.web.api.pipeline import DateHeader, Pipeline
from mockserver.web.api.platform import PlatformApi
from mockserver.web.api.problems import Problems
from mockserver.web.api.public import PublicApi
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.reading import Reader
from mockserver.web.api.replay import Replay
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.routing import Router
from mockserver.web.api.self_service import SelfServiceApi
from mockserver.web.api.tenancy import Tenancy
from mockserver.web.api.validation import Checker

Amendment = Mapping[str, Any]
"""An action of an OpenAPI Overlay."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The wiring makes each of them, and hands it the others that it needs.

    `amendments` are carried out on the contract that the mock goes by, not on the one that it shows.
    """

    amendments: tuple[Amendment, ...] = ()
    state: Callable[[str, Ids], State] = open_state
    limiter: type[Limiter] = Limiter
    idempotency: type[Idempotency] = Idempotency
    availability: type[Availability] = Availability
    bookings: type[BookingService] = BookingService
    webhooks: type[Webhooks] = Webhooks
    dispatcher: type[Dispatcher] = Dispatcher
    sender: Callable[[], Sender] = HttpSender
    request_ids: type[RequestIds] = RequestIds
    router: type[Router] = Router
    authentication: type[Authentication] = Authentication
    rate_limits: type[RateLimits] = RateLimits
    body: type[Body] = Body
    tenancy: type[Tenancy] = Tenancy
    replay: type[Replay] = Replay
    checker: type[Checker] = Checker
    reader: type[Reader] = Reader
    public: type[PublicApi] = PublicApi
    self_service: type[SelfServiceApi] = SelfServiceApi
    platform: type[PlatformApi] = PlatformApi
    problems: type[Problems] = Problems
    date: type[DateHeader] = DateHeader
    pipeline: type[Pipeline] = Pipeline


STANDARD = Parts()

"""The parts that a mock is put together from: who wants another behaviour replaces the part that has it."""

from dataclasses import dataclass

from mockserver.availability import Availability
from mockserver.idempotency import Idempotency
from mockserver.limits import Limiter
from mockserver.service import Calendar
from mockserver.storage.memory import MemoryStore
from mockserver.web.guards import Authentication, Body, RateLimits, RequestIds, Tenancy
from mockserver.web.pipeline import DateHeader, Pipeline
from mockserver.web.platform import PlatformApi
from mockserver.web.problems import Problems
from mockserver.web.public import PublicApi
from mockserver.web.reading import Reader
from mockserver.web.replay import Replay
from mockserver.web.routing import Router
from mockserver.web.self_service import SelfServiceApi
from mockserver.web.validation import Checker


@dataclass(frozen=True, slots=True)
class Parts:
    """The wiring makes each of them, and hands it the others that it needs."""

    store: type[MemoryStore] = MemoryStore
    limiter: type[Limiter] = Limiter
    idempotency: type[Idempotency] = Idempotency
    availability: type[Availability] = Availability
    calendar: type[Calendar] = Calendar
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

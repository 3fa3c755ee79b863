"""A server that does whatever clients expect of it, without a server: which answer comes when is the test's to say."""

from datetime import UTC, datetime, timedelta
from itertools import count

import orjson

from contracts.spec.contract import Contract
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.steps import Answer, Step
from loadtests.api.survey import Offer, Slot, iso
from loadtests.api.target import Organization, Target
from loadtests.measure.recording import Recorder
from loadtests.scenarios.shared import Shared

FIRST = datetime(2025, 12, 3, 10, tzinfo=UTC)


def shared(slots: int = 1) -> Shared:
    """What the visitors of one worker share, where an hour each is on offer."""
    target = Target("http://127.0.0.1:9", (Organization("acme", keys=("k",)),))
    starts = [FIRST + timedelta(hours=hour) for hour in range(slots)]
    offer = Offer("haircut", "UTC", tuple(Slot(iso(start), iso(start + timedelta(hours=1))) for start in starts))
    return Shared(Endpoint.of(target, Contract.load()), offer, Data(7, "run"), Recorder(), "acme", 0, 1)


class Agreeable:
    """Knows idempotency keys, and gives each booking a number."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._booked: dict[str, bytes] = {}  # what was answered, by idempotency key
        self._numbers = count()

    def answer(self, step: Step, at: float = 1.0) -> Answer:
        headers, body = dict[str, str](), b"{}"
        if (key := step.headers.get(self._endpoint.idempotency_header)) is not None:
            if key in self._booked:
                headers[self._endpoint.replayed_header] = "true"
            told = {"booking": {"confirmation_number": f"BOOK_{next(self._numbers)}"}}
            body = self._booked.setdefault(key, orjson.dumps(told))
        return Answer(min(step.expected), headers, body, at)

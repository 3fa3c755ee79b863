"""What the visitors of one worker share: how requests are written, and which slots are still free to take."""

from collections import deque
from collections.abc import Sequence
from itertools import cycle

from loadtests.api.endpoint import Credential, Endpoint
from loadtests.api.fakes import Data
from loadtests.api.request_builder import RequestBuilder
from loadtests.api.steps import Answer
from loadtests.api.survey import Offer
from loadtests.measure.recording import Recorder
from loadtests.measure.statuses import Meaning


class Shared:
    """Of worker `worker` of `workers`; slot j is for the worker j mod `workers` alone."""

    def __init__(
        self,
        endpoint: Endpoint,
        offer: Offer,
        data: Data,
        recorder: Recorder,
        organization: str,
        worker: int,
        workers: int,
    ) -> None:
        self.endpoint = endpoint
        self.offer = offer
        self.data = data
        self.recorder = recorder
        self.build = RequestBuilder(endpoint, offer, organization)
        self.keys: Sequence[Credential] = endpoint.keys(organization)
        self.turns = cycle(self.keys)  # whose key the next client has
        self.free = deque(offer.slots[worker::workers])
        self.acknowledged: set[str] = set()  # idempotency keys of creations that were answered with yes

    def meaning(self, answer: Answer) -> Meaning:
        return self.endpoint.meaning(answer.status)

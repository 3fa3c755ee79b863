"""What a client saw of one request: all that the limiter's verdict is made from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.measure.statuses import Meaning


@dataclass(frozen=True, slots=True)
class Observation:
    """One request and its answer.

    `key` is the label of whose request it was, never the key's value ("key 1"; for operations without a key, the
    client's label); `subject` is what else the server may count by, such as the confirmation number asked for.
    `sent` (handed to the socket) and `received` (first byte of the answer) are seconds on the run's timeline: a
    monotonic clock, moved along when the server's clock is moved. `due` is when it was planned; in the closed model
    that is `sent`, the default. `meaning` is that of the status. `headers` have lower-case names and hold only the
    rate-limit ones, `retry-after` and `date`. `worker` is the process that sent it.
    """

    key: str
    operation: str
    sent: float
    received: float
    meaning: Meaning
    headers: Mapping[str, str]
    subject: str = ""
    worker: int = 0
    due: float = math.nan

    def __post_init__(self) -> None:
        if self.received < self.sent:
            raise ValueError(f"{self.operation} was answered {self.sent - self.received} s before it was sent")
        if math.isnan(self.due):
            object.__setattr__(self, "due", self.sent)

    @property
    def answered(self) -> bool:
        return self.meaning != "no answer"

    @property
    def refused(self) -> bool:
        return self.meaning == "rate limited"

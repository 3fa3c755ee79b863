"""One delivery of a webhook, as a receiver gets it, and what the receiver answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.exchange import Message


@dataclass(frozen=True)
class Delivery(Message):
    """`path` tells at which endpoint it came in, query included; `headers` have names in lower case; `at` are Unix
    seconds of this machine's clock."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    def header(self, name: str) -> str | None:
        """The name in any case."""
        return self.headers.get(name.lower())


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answers, after so many seconds."""

    status: int
    after: float = 0.0

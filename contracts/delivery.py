"""One delivery of a webhook, as a receiver gets it, and what the receiver answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from contracts.exchange import member


@dataclass(frozen=True)
class Delivery:
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

    @cached_property
    def json(self) -> Any:
        """None where the body is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def member(self, *path: str | int) -> Any:
        """`member("data", "booking", "status")`; None where there is no such member."""
        return member(self.json, *path)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answers, after so many seconds."""

    status: int
    after: float = 0.0

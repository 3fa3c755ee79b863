"""One request and its answer, as scenarios see them.

A scenario is a generator: it yields a `Step` and is sent the `Answer`. Whoever drives it decides when a step goes out:
the open model when the next arrival is due, the closed model at once.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from loadtests.measure.statuses import Meaning

NO_ERRORS: frozenset[Meaning] = frozenset(("conflicting", "rate limited"))  # whatever a scenario expects


@dataclass(frozen=True, slots=True)
class Step:
    """`path` is written in full, query included. `key` labels whose request it is, never the key's value.

    `expected`: the statuses that are no error, NO_ERRORS aside. `subject` is what else the server may count by, such as
    the confirmation number asked for.
    """

    operation: str
    method: str
    path: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    expected: frozenset[int] = frozenset()
    subject: str = ""


@dataclass(frozen=True)
class Answer:
    """`status` 0: none came, or the connection broke. `headers` have lower-case names; times on the run's timeline.

    `sent`: when the request was handed to the socket, 0 where nobody has said.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: float
    sent: float = 0.0

    @cached_property
    def json(self) -> Any:
        """An empty dict where the body is no JSON object."""
        try:
            stated = orjson.loads(self.body)
        except ValueError:
            return {}
        return stated if isinstance(stated, dict) else {}


Flow = Generator[Step, Answer, None]


def is_error(step: Step, status: int, meaning: Meaning) -> bool:
    return status not in step.expected and meaning not in NO_ERRORS

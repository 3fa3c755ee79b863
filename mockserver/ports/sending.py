"""What the mock asks of the network: the only thing that it sends on its own account."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Post(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """A status, or why there is none; `took` is real time in nanoseconds."""

    took: int
    status: int | None
    error: str | None = None


class Sender(Protocol):
    def send(self, post: Post, seconds: float) -> Answer:
        """Waits for the answer, so many seconds of real time at the most. Follows no redirect."""

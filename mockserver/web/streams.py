"""An answer that goes on as long as its reader stays."""

from collections.abc import Callable
from typing import Protocol

STREAM = "kordkit.stream"
"""Where in the WSGI environment an application leaves the Stream that its answer goes on with. There already, as None,
if the server can send one."""


class Stream(Protocol):
    def take(self) -> bytes:
        """What is to be sent next, of bounded size; nothing where there is no news."""

    def on_news(self, call: Callable[[], None]) -> None:
        """`call` is to be called when there is something to take. It returns at once."""

    def close(self) -> None:
        """The reader has gone."""

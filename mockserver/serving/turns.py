"""In which thread a request is answered.

granian hands requests over in one thread. Those that are quick are answered there, one after the other, for threads of
Python only wait for one another and wake each other. Whatever may last, as a clock that is moved while a webhook's
receiver is silent, has a thread of its own and keeps nobody waiting. While one does, the quick ones have threads, too:
what it works on, they may have to wait for.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

THREADS = 32  # one starts when the others are busy; beyond the last, requests wait in line

Quick = Callable[[str], bool]
"""Of a path: does an answer wait for nobody and nothing, other requests aside?"""


class Turns:
    def __init__(self, quick: Quick) -> None:
        self._quick = quick
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._lasting: dict[object, None] = {}

    def take(self, path: str, answer: Callable[..., object], *arguments: object) -> None:
        """Call `answer`, which must not raise, in its turn."""
        if not self._quick(path):
            self._threads.submit(self._last, answer, *arguments)
        elif self._lasting:
            self._threads.submit(answer, *arguments)
        else:
            answer(*arguments)

    def _last(self, answer: Callable[..., object], *arguments: object) -> None:
        mark = object()
        self._lasting[mark] = None
        try:
            answer(*arguments)
        finally:
            del self._lasting[mark]

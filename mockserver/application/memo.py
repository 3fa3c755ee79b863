"""What was worked out last for a question, as long as what it was worked out of is still the same."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")


class _Kept:
    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last: tuple[object, object] | None = None


class Memo(Generic[T]):
    """Of the last so many questions. It looks at what an answer follows from, never at what may have changed it: so it
    is right whoever changes the state, in whatever process."""

    def __init__(self, questions: int) -> None:
        self._kept: Callable[[Hashable], _Kept] = lru_cache(maxsize=questions)(lambda _: _Kept())

    def answer(self, question: Hashable, source: object, work: Callable[[], T]) -> T:
        """That of `work`, which follows from the source alone: any that is equal has the same answer, which nobody
        changes."""
        kept = self._kept(question)
        last = kept.last
        if last is not None and last[0] == source:
            return last[1]  # type: ignore[return-value]  # it was put there by what follows
        answer = work()
        kept.last = source, answer
        return answer

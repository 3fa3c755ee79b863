"""What falls due when: things of several kinds in one order."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter


class Duty(Protocol):
    """Things of one kind that fall due; moments in nanoseconds."""

    def next_due(self) -> int | None: ...

    def fulfil(self, until: int) -> bool:
        """Carry out what is due at that moment or before it, in order; nothing of that is due afterwards.

        False: it took too long, and what is left of it goes on by itself.
        """


class OrderedAgenda:
    """Duties that fall due together come in the order in which they are listed."""

    def __init__(self, duties: Sequence[Duty], still: AbstractContextManager[Any] | None = None) -> None:
        """`still` keeps those away that carry out duties by themselves, as time goes by; it can be entered again."""
        self._duties = duties
        self.still = nullcontext() if still is None else still

    def next_due(self) -> int | None:
        return min((moment for moment, _ in self._due()), default=None)

    def run(self, until: int) -> None:
        """One duty goes on until another comes first, so thousands of a kind are not asked for one by one."""
        left: set[int] = set()
        while True:
            match sorted(due for due in self._due() if due[1] not in left):
                case [(moment, number), *others] if moment <= until:
                    before_others = min((other for other, _ in others), default=until)
                    if not self._duties[number].fulfil(min(until, before_others)):
                        left.add(number)
                case _:
                    return

    def _due(self) -> list[tuple[int, int]]:
        due = ((duty.next_due(), number) for number, duty in enumerate(self._duties))
        return [(moment, number) for moment, number in due if moment is not None]


class ExpiredCounters:
    """Counters of rate limits that count for nothing any more are forgotten."""

    def __init__(self, limiter: Limiter, policies: Sequence[Policy]) -> None:
        self._limiter = limiter
        self._policies = policies

    def next_due(self) -> int | None:
        return self._limiter.next_due(self._policies)

    def fulfil(self, until: int) -> bool:
        self._limiter.forget(self._policies, until)
        return True

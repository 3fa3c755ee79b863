"""Counters of the rate limits in this process's memory."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Self, TypeVar

from mockserver.ports import Counters, CounterState, Switch
from mockserver.storage.table import Table, swapping, undone

R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")


class MemoryCounters(Table):
    """Those of a policy stand in the order in which they were written: the expired ones in front, nearly.

    It is a part of the state; by itself it is all the state that a limiter of its own needs.
    """

    order = 2

    def __init__(self) -> None:
        super().__init__()
        self.switch = Switch()
        self._of_policy: dict[str, OrderedDict[str, CounterState]] = {}
        self._latest = 0

    @property
    def counters(self) -> Self:
        return self

    def charge(self, function: Callable[[Counters, A, B], R], charged: A, how: B) -> R:
        with self.lock:
            undo = self.undo = []
            try:
                return function(self, charged, how)
            except BaseException:
                undone(undo, 0)
                raise

    @contextmanager
    def work(self, *, alone: bool = False) -> Iterator[Self]:
        """A unit of work on nothing else."""
        with self.lock:
            undo = self.undo = []
            try:
                yield self
            except BaseException:
                undone(undo, 0)
                raise

    def look(self) -> AbstractContextManager[Self]:
        return self.work()

    def turn(self, switch: Switch) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "switch"))
        self.republished = True
        self.switch = switch

    def get(self, policy: str, subject: str) -> CounterState | None:
        states = self._of_policy.get(policy)
        return None if states is None else states.get(subject)

    def held(self, names: Sequence[tuple[str, str]]) -> Sequence[CounterState | None]:
        return [self.get(*name) for name in names]

    def moment(self, now: int) -> int:
        """As all that is charged here goes this way, nothing is ever turned back."""
        if now < self._latest:
            return self._latest
        self._latest = now
        return now

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        states = self._of_policy.get(policy)
        if states is None:
            states = self._of_policy[policy] = OrderedDict()
        self.undo.append((self._put_back, policy, subject, states.get(subject)))
        states[subject] = state
        states.move_to_end(subject)

    def _put_back(self, policy: str, subject: str, state: CounterState | None) -> None:
        if state is None:
            del self._of_policy[policy][subject]
            self._drop_if_empty(policy)
        else:
            self._of_policy.setdefault(policy, OrderedDict())[subject] = state

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        return list(self._of_policy.get(policy, {}).items())

    def forget(self, policy: str, touched: int) -> None:
        states = self._of_policy.get(policy)
        if not states:
            return
        while states:
            subject, state = next(iter(states.items()))
            if state[0] > touched:
                break
            del states[subject]
            self.undo.append((self._put_in_front, policy, subject, state))
        self._drop_if_empty(policy)

    def _put_in_front(self, policy: str, subject: str, state: CounterState) -> None:
        states = self._of_policy.setdefault(policy, OrderedDict())
        states[subject] = state
        states.move_to_end(subject, last=False)

    def _drop_if_empty(self, policy: str) -> None:
        if not self._of_policy[policy]:
            del self._of_policy[policy]  # an emptied table keeps its size

    def oldest(self, policy: str) -> int | None:
        states = self._of_policy.get(policy)
        return next(iter(states.values()))[0] if states else None

    def contents(self) -> Mapping[str, Mapping[str, CounterState]]:
        return {policy: dict(states) for policy, states in self._of_policy.items()}

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_of_policy", "_latest"))
        self._latest = max((state[0] for states in contents.values() for state in states.values()), default=0)
        self._of_policy = {
            policy: OrderedDict(sorted(states.items(), key=lambda item: item[1][0]))
            for policy, states in contents.items()
        }

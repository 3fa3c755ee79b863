"""Counters of the rate limits in this process's memory."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from mockserver.ports import CounterState


class MemoryCounters:
    """Those of a policy stand in the order in which they were written: the expired ones in front, nearly."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._of_policy: dict[str, OrderedDict[str, CounterState]] = {}

    def transaction(self) -> AbstractContextManager[object]:
        """The limiter writes last of all, and its writes cannot fail: a lock is enough for all or none."""
        return self._lock

    def get(self, policy: str, subject: str) -> CounterState | None:
        states = self._of_policy.get(policy)
        return None if states is None else states.get(subject)

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        states = self._of_policy.get(policy)
        if states is None:
            states = self._of_policy[policy] = OrderedDict()
        states[subject] = state
        states.move_to_end(subject)

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        return list(self._of_policy.get(policy, {}).items())

    def forget(self, policy: str, touched: int) -> None:
        states = self._of_policy.get(policy)
        while states and next(iter(states.values()))[0] <= touched:
            states.popitem(last=False)
        if not states:
            self._of_policy.pop(policy, None)  # an emptied table keeps its size

    def contents(self) -> Mapping[str, Mapping[str, CounterState]]:
        return {policy: dict(states) for policy, states in self._of_policy.items()}

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        self._of_policy = {
            policy: OrderedDict(sorted(states.items(), key=lambda item: item[1][0]))
            for policy, states in contents.items()
        }

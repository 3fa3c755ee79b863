"""Which client an arrival of the open model is the turn of: one that was there before, or a new one."""

from collections import deque
from collections.abc import Callable

from loadtests.api.steps import Flow, Step

_GOING_ON = 2  # of each cluster; as many steps as one client of a cluster may have left


class Flows:
    """Who sends what next. A flow whose last step was answered goes on with a later arrival.

    Where arrivals come `together`, only the last two of each cluster may go on with an old flow: the others
    are new clients, so that they meet.
    """

    def __init__(self, begin: Callable[[int], Flow], together: int = 1) -> None:
        self._begin = begin
        self._together = together
        self._ready: deque[tuple[Flow, Step]] = deque()

    def next(self, number: int) -> tuple[Flow, Step]:
        """For arrival `number`."""
        if self._ready and number % self._together >= self._together - _GOING_ON:
            return self._ready.popleft()
        flow = self._begin(number)
        return flow, next(flow)

    def went_on(self, flow: Flow, step: Step) -> None:
        self._ready.append((flow, step))

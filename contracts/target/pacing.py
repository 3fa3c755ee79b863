"""How long to wait before a request, so that a check never meets a limit that it does not mean to test.

No more than a policy's limit in any stretch of its window: that is within a fixed window wherever it begins, within a
sliding one, and within a token bucket. Where the server weighs the window before, no more in any stretch of two.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from contracts.spec.contract import Policy

Charge = tuple[Policy, str]  # what is drawn from, and whose part of it


class Pacer:
    """`rate` (requests a minute) stands in for the policies' own limits where it is given.

    `windows`: so many after it was sent a request counts for nothing.
    """

    def __init__(self, rate: float | None = None, *, windows: int = 1) -> None:
        self._gap = None if rate is None else 60 / rate
        self._windows = windows
        self._last = float("-inf")
        self._sent: dict[tuple[str, str], deque[float]] = {}

    def count(self, windows: int) -> None:
        """Of that many windows from now on."""
        self._windows = windows

    def wait(self, charges: Iterable[Charge], now: float) -> float:
        """Seconds until a request that draws from `charges` is welcome."""
        if self._gap is not None:
            return max(0.0, self._last + self._gap - now)
        return max((self._until_free(policy, subject, now) for policy, subject in charges), default=0.0)

    def sent(self, charges: Iterable[Charge], now: float) -> None:
        self._last = now
        for policy, subject in charges:
            self._sent.setdefault((policy.name, subject), deque()).append(now)

    def until_unused(self, policy: Policy, subject: str, now: float) -> float:
        """Seconds until nothing that was sent counts against the policy any more."""
        times = self._sent.get((policy.name, subject))
        return max(0.0, times[-1] + self._counts(policy) - now) if times else 0.0

    def forget(self, policy: Policy, subject: str) -> None:
        """The server's counter is known to be empty."""
        self._sent.pop((policy.name, subject), None)

    def snapshot(self) -> Mapping[tuple[str, str], deque[float]]:
        return {charge: deque(times) for charge, times in self._sent.items()}

    def restore(self, snapshot: Mapping[tuple[str, str], deque[float]]) -> None:
        self._sent = {charge: deque(times) for charge, times in snapshot.items()}

    def _until_free(self, policy: Policy, subject: str, now: float) -> float:
        times = self._sent.get((policy.name, subject))
        if times is None:
            return 0.0
        while times and times[0] <= now - self._counts(policy):
            times.popleft()
        return times[len(times) - policy.limit] + self._counts(policy) - now if len(times) >= policy.limit else 0.0

    def _counts(self, policy: Policy) -> int:
        """Seconds for which a request may count: one more than the server's, whose moment of it is not ours."""
        return self._windows * policy.window + 1

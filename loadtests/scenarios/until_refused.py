"""A client that asks until it is refused, and then waits as it is told; for plain Locust alone."""

from collections.abc import Generator

from loadtests.api.steps import Answer, Step
from loadtests.measure.header_values import unix, wait
from loadtests.scenarios.visitor import Visitor

_LONGEST = 60.0  # seconds that it waits
_UNTOLD = 1.0  # seconds, where it is not told how long in a way that can be understood


def until_refused(visitor: Visitor) -> Generator[Step, Answer, float]:
    """Seconds to wait before asking again."""
    while True:
        answer = yield visitor.shared.build.get_organization(visitor.key)
        if visitor.shared.meaning(answer) == "rate limited":
            told = wait(answer.headers.get("retry-after", ""), unix(answer.headers.get("date", "")))
            return min(_UNTOLD if told is None else told, _LONGEST)

"""How much of each limit was used when: counted, when somebody asks, of what the journal remembers."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from mockserver.application.promises import limit_header, operations
from mockserver.application.world import World
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND


class Counts(NamedTuple):
    """Requests in each stretch of time."""

    admitted: list[int]
    refused: list[int]


class OverTime(NamedTuple):
    """`begins` are where the stretches begin, in Unix seconds; `policies` by name."""

    begins: Sequence[int]
    policies: Mapping[str, Counts]


class UsageAdmin:
    """Policies that count failures are left out: what they were charged cannot be seen from a request alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        document = world.document
        self._limit_header = limit_header(document, "limit").lower()
        self._charged = {
            name: [
                world.policies[policy]
                for policy in operation.get("x-rate-limit", ())
                if policy in world.policies and not world.policies[policy].refundable
            ]
            for name, operation in operations(document).items()
        }

    def over_time(self, seconds: int, stretches: int, key_id: str | None = None) -> OverTime:
        """The last so many stretches of so many seconds each; of one key, or of everybody."""
        end = self._world.clock.now() // SECOND // seconds * seconds + seconds
        begin = end - stretches * seconds
        counts = {
            policy.name: Counts([0] * stretches, [0] * stretches) for each in self._charged.values() for policy in each
        }
        newest_first = reversed(list(self._world.journal.entries()))
        for entry in takewhile(lambda entry: entry.arrived >= begin * SECOND, newest_first):
            place = (entry.arrived // SECOND - begin) // seconds
            if key_id in (None, entry.key_id) and place < stretches:
                for policy, admitted in self._charges(entry):
                    counted = counts[policy]
                    (counted.admitted if admitted else counted.refused)[place] += 1
        return OverTime(range(begin, end, seconds), counts)

    def _charges(self, entry: Entry) -> Iterator[tuple[str, bool]]:
        """Policies that were asked about the request, and whether they admitted it: where the limiter was asked, the
        answer has its headers, and a refusal tells the limit of the policy that refused."""
        told = self._told_limit(entry)
        if told is None:
            return
        for policy in self._charged.get(entry.operation or "", ()):
            if entry.cause != "rate_limited":
                yield policy.name, True
            elif str(policy.limit) == told:
                yield policy.name, False

    def _told_limit(self, entry: Entry) -> str | None:
        headers = entry.answer_headers
        for place in range(0, len(headers), 2):
            if headers[place].lower() == self._limit_header:
                return headers[place + 1]
        return None

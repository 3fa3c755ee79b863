"""By the name of a mutant: what is true of the clean mock, and not of that mutant."""

from collections.abc import Callable, Mapping

from tests.mockserver.mutants import bookings, organizations, platform, self_service, slots, times
from tests.mockserver.mutants.server import Server

TOPICS = (bookings, self_service, organizations, slots, platform, times)
SCENARIOS: Mapping[str, Callable[[Server], None]] = {
    name: scenario for topic in TOPICS for name, scenario in topic.SCENARIOS.items()
}

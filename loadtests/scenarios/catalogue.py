"""The scenarios by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loadtests.api.steps import Flow
from loadtests.scenarios import idempotency_storm, slot_race
from loadtests.scenarios.booking_flow import booking_flow
from loadtests.scenarios.browse import browse
from loadtests.scenarios.self_service import self_service
from loadtests.scenarios.soak import soak
from loadtests.scenarios.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Scenario:
    """`flow` is what each of its clients does; `rate` what it takes if nobody says.

    `together`: so many arrivals come at once, so that they meet at the server.
    """

    name: str
    summary: str
    flow: Callable[[Visitor], Flow]
    writes: bool
    rate: str
    together: int = 1


SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("browse", "Looks at organization, service and free slots.", browse, False, "20/s"),
        Scenario("booking_flow", "Searches, books, looks up, reschedules and cancels.", booking_flow, True, "10/s"),
        Scenario(
            "slot_race",
            "Many clients want the same few seats at once.",
            slot_race.slot_race,
            True,
            "50/s",
            slot_race.TOGETHER,
        ),
        Scenario(
            "idempotency_storm",
            "The same booking under the same key, again and again.",
            idempotency_storm.idempotency_storm,
            True,
            "20/s",
            idempotency_storm.TOGETHER,
        ),
        Scenario("self_service", "Guesses contacts and confirmation numbers.", self_service, True, "5/s"),
        Scenario("soak", "Browsing with a booking now and then, for as long as you like.", soak, True, "5/s"),
    )
}

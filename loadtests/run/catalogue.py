"""The scenarios by name, for whoever must not import Locust to know them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """`user` is its class below `scenarios/`; `rate` what it takes if nobody says.

    `together`: so many arrivals come at once, so that they meet at the server.
    """

    name: str
    user: str
    summary: str
    writes: bool
    rate: str
    together: int = 1


SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("browse", "Browse", "Looks at organization, service and free slots.", False, "20/s"),
        Scenario("booking_flow", "BookingFlow", "Searches, books, looks up, reschedules and cancels.", True, "10/s"),
        Scenario("slot_race", "SlotRace", "Many clients want the same few seats at once.", True, "50/s", 10),
        Scenario(
            "idempotency_storm",
            "IdempotencyStorm",
            "The same booking under the same key, again and again.",
            True,
            "20/s",
            5,
        ),
        Scenario("limiter", "Limiter", "Bursts, idles and bursts again to find out the rate limits.", False, "20/s"),
        Scenario("self_service", "SelfService", "Guesses contacts and confirmation numbers.", True, "5/s"),
        Scenario("soak", "Soak", "Browsing with a booking now and then, for as long as you like.", True, "5/s"),
    )
}

"""A class of Locust users for each scenario, as plain Locust wants them named."""

from collections.abc import Mapping

from loadtests.api.steps import Flow
from loadtests.generator.user import ScenarioUser
from loadtests.scenarios.catalogue import SCENARIOS
from loadtests.scenarios.until_refused import until_refused
from loadtests.scenarios.visitor import Visitor


class Browse(ScenarioUser):
    scenario = SCENARIOS["browse"]


class BookingFlow(ScenarioUser):
    scenario = SCENARIOS["booking_flow"]


class SlotRace(ScenarioUser):
    scenario = SCENARIOS["slot_race"]


class IdempotencyStorm(ScenarioUser):
    scenario = SCENARIOS["idempotency_storm"]


class SelfService(ScenarioUser):
    scenario = SCENARIOS["self_service"]


class Soak(ScenarioUser):
    scenario = SCENARIOS["soak"]


class Limiter(ScenarioUser):
    """Asks until it is refused, then waits as told. Of no scenario: `kordkit load limiter` is a probe."""

    _patience = 0.0

    def flow(self, visitor: Visitor) -> Flow:
        self._patience = yield from until_refused(visitor)

    def wait_time(self) -> float:
        return self._patience


USERS: Mapping[str, type[ScenarioUser]] = {
    user.scenario.name: user for user in (Browse, BookingFlow, SlotRace, IdempotencyStorm, SelfService, Soak)
}

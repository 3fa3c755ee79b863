"""All scenarios' classes."""

from collections.abc import Mapping

from loadtests.generator.user import ScenarioUser
from loadtests.scenarios.booking_flow import BookingFlow
from loadtests.scenarios.browse import Browse
from loadtests.scenarios.idempotency_storm import IdempotencyStorm
from loadtests.scenarios.limiter import Limiter
from loadtests.scenarios.self_service import SelfService
from loadtests.scenarios.slot_race import SlotRace
from loadtests.scenarios.soak import Soak

USERS: Mapping[str, type[ScenarioUser]] = {
    user.__name__: user for user in (Browse, BookingFlow, SlotRace, IdempotencyStorm, Limiter, SelfService, Soak)
}

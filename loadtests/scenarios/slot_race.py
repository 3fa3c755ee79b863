"""Clients that come together want the same slot; as many get it as it has seats, and keep it."""

from loadtests.api.steps import Flow
from loadtests.generator.user import ScenarioUser
from loadtests.run.catalogue import SCENARIOS
from loadtests.scenarios.visitor import Visitor

TOGETHER = SCENARIOS["slot_race"].together


class SlotRace(ScenarioUser):
    def flow(self, visitor: Visitor) -> Flow:
        slots = visitor.desk.offer.slots
        yield from visitor.book(slots[visitor.number // TOGETHER % len(slots)])

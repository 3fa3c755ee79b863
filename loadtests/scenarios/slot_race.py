"""Clients that come together want the same slot; as many get it as it has seats, and keep it."""

from loadtests.api.steps import Flow
from loadtests.scenarios.visitor import Visitor

TOGETHER = 10


def slot_race(visitor: Visitor) -> Flow:
    slots = visitor.shared.offer.slots
    yield from visitor.book(slots[visitor.number // TOGETHER % len(slots)])

"""What a quiet day brings: mostly people who look, now and then one who books."""

from loadtests.api.steps import Flow
from loadtests.scenarios.booking_flow import booking_flow
from loadtests.scenarios.visitor import Visitor

BOOKING = 0.2  # of all visitors


def soak(visitor: Visitor) -> Flow:
    if visitor.shared.data.happens(visitor.number, BOOKING):
        yield from booking_flow(visitor)
    else:
        yield from visitor.look_around()

"""A booking's whole life: search, book, look up, reschedule, cancel."""

from loadtests.api.steps import Flow
from loadtests.scenarios.visitor import Visitor


def booking_flow(visitor: Visitor) -> Flow:
    """Takes two slots that nobody else takes meanwhile. While there are none left, visitors search and go."""
    yield from visitor.search()
    slot = visitor.take_slot()
    if slot is None or not (yield from visitor.book(slot)):
        return
    yield from visitor.look_up()
    other = visitor.take_slot()
    if other is not None:
        yield from visitor.reschedule(other)
    yield from visitor.cancel()

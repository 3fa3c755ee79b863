"""Guesses: wrong contacts for a booking of the run's own, and confirmation numbers that do not exist."""

from loadtests.api.steps import Flow
from loadtests.scenarios.visitor import Visitor

GUESSES = 4


def self_service(visitor: Visitor) -> Flow:
    slot = visitor.take_slot()
    booked = slot is not None and (yield from visitor.book(slot))
    for guess in range(GUESSES):
        yield from visitor.guess_number(guess)
        if booked:
            yield from visitor.guess_contact(guess)
    if booked:
        yield from visitor.look_up()
        yield from visitor.cancel()

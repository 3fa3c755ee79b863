"""Receivers of webhooks: they answer in time and with success, and believe nothing that is wrongly signed
(/api/webhooks/setup)."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.ports import SECOND, Answer


class Told(NamedTuple):
    """What a receiver was sent: the id of the delivery, its event, and when, in nanoseconds of the mock's clock.

    `taken`: the answer said that it has it. `forged`: it was signed wrongly, on purpose.
    """

    delivery_id: str
    event: str
    at: int
    answer: Answer
    taken: bool
    forged: bool = False


def signs_of(told: Told, seconds: float) -> Sequence[Sign]:
    """`seconds` is the time that a receiver has."""
    answer = told.answer
    if told.forged:
        if not told.taken:
            return ()
        mistake, detail = "webhooks.signature", f"{told.event} with a wrong signature was answered {answer.status}"
    elif told.taken:
        return ()
    elif answer.status is None and answer.took >= seconds * SECOND:
        mistake, detail = "webhooks.late", f"{told.event} was not answered within {seconds:g} s"
    else:
        happened = f"was answered {answer.status}" if answer.status else f"did not arrive: {answer.error}"
        mistake, detail = "webhooks.failed", f"{told.event} {happened}"
    return (Sign(mistake, detail, (Trace(told.delivery_id, told.at, told.event, None),)),)

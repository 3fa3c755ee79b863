"""What clients tell of the answers they get, without a server."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from loadtests.api.fakes import Data
from loadtests.api.steps import Answer, Flow, Step
from loadtests.measure.recording import Gathered
from loadtests.measure.result import Change
from loadtests.scenarios.shared import Shared
from loadtests.scenarios.visitor import Visitor
from tests.loadtests.scenarios.agreeable import shared

MADE = Answer(201, {}, b'{"booking": {"confirmation_number": "BOOK_1"}}', 1.0)
CANCELED = Answer(200, {}, b"{}", 3.0)


def answered(flow: Flow, answers: Sequence[Answer]) -> list[Step]:
    """The steps of a flow that is sent these answers, to its end."""
    steps = [next(flow)]
    for answer in answers:
        try:
            steps.append(flow.send(answer))
        except StopIteration:
            break
    return steps


def retrying(at: Shared, number: int = 0) -> Flow:
    """One of those that book as client 0, and again if it was the first; then it cancels."""
    visitor = Visitor(at, number)
    if (yield from visitor.book(at.offer.slots[0], 0)) and visitor.made_it:
        yield from visitor.book(at.offer.slots[0], 0)
        yield from visitor.cancel()


def refused_retries(at: Shared) -> list[Change]:
    return [change for change in at.recorder.changes if change.kind == "retry refused"]


def test_who_made_a_booking_sends_the_very_same_request_again() -> None:
    here = shared()
    first, second, last = answered(retrying(here), [MADE, MADE, CANCELED])
    assert first == second
    assert last.operation == "cancelBooking"
    assert refused_retries(here) == []


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_retry_of_what_was_acknowledged_before_is_told_of_where_it_is_refused(status: int) -> None:
    here = shared()
    answered(retrying(here), [MADE, Answer(status, {}, b"", 2.0), CANCELED])
    (change,) = refused_retries(here)
    assert (change.idempotency_key, change.status) == (here.data.idempotency_key(0), status)


@pytest.mark.parametrize(
    "answer", [Answer(0, {}, b"", 2.0), Answer(429, {}, b"", 2.0), Answer(409, {"retry-after": "1"}, b"", 2.0)]
)
def test_a_retry_that_was_not_dealt_with_accuses_nobody(answer: Answer) -> None:
    here = shared()
    answered(retrying(here), [MADE, answer, CANCELED])
    assert refused_retries(here) == []


def test_who_is_told_of_a_booking_by_a_replay_has_not_made_it() -> None:
    here = shared()
    replay = Answer(201, {here.endpoint.replayed_header: "true"}, MADE.body, 1.0)
    assert len(answered(retrying(here), [replay])) == 1


def test_a_retry_that_was_under_way_with_the_first_accuses_nobody() -> None:
    here = shared()
    first, second = retrying(here, 0), retrying(here, 1)
    assert next(first) == next(second)
    first.send(MADE)
    with pytest.raises(StopIteration):
        second.send(Answer(409, {}, b"", 2.0))
    assert refused_retries(here) == []


def test_when_it_was_asked_for_is_told_and_a_doubtful_clock_widens_the_span() -> None:
    here = shared()
    flow = Visitor(here, 0).book(here.offer.slots[0])
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(replace(MADE, sent=0.5))
    gathered = Gathered()
    gathered.add(0, here.recorder.take())
    gathered.settle(0, -0.25, 0.25)
    (change,) = gathered.changes
    assert (change.sent, change.at) == (0.25, 1.25)


def test_clients_of_two_scenarios_in_one_run_have_neither_key_nor_contact_in_common() -> None:
    run = Data(7, "run")
    everybody = [run, run.of("SlotRace"), run.of("IdempotencyStorm")]
    assert len({each.idempotency_key(3) for each in everybody}) == 3
    assert len({each.contact(3).email for each in everybody}) == 3

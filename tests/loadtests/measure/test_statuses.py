"""What a status means follows the contract, whatever status it gives a cause."""

from copy import deepcopy

import pytest

from contracts.spec.contract import Contract
from loadtests.measure.statuses import Meaning, Statuses

SHIPPED = Contract.load()


def statuses(**causes: int) -> Statuses:
    """Of the shipped contract, but for the statuses of these causes."""
    document = deepcopy(SHIPPED.document)
    for cause, status in causes.items():
        document["x-errors"][cause]["status"] = status
    return Statuses.of(Contract(document))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (0, "no answer"),
        (200, "success"),
        (204, "success"),
        (302, "refused"),
        (400, "refused"),
        (401, "key refused"),
        (403, "forbidden"),
        (404, "not found"),
        (409, "conflicting"),
        (418, "refused"),
        (422, "too late"),
        (429, "rate limited"),
        (500, "server error"),
        (599, "server error"),
    ],
)
def test_statuses_of_the_shipped_contract(status: int, meaning: Meaning) -> None:
    assert statuses().meaning(status) == meaning


def test_a_limiter_that_refuses_with_another_status_is_understood() -> None:
    moved = statuses(rate_limited=503)
    assert (moved.meaning(503), moved.meaning(429), moved.meaning(500)) == ("rate limited", "refused", "server error")


def test_where_causes_of_two_kinds_share_a_status_it_is_the_limiter_first() -> None:
    assert statuses(unknown_booking=403, rate_limited=409).meaning(409) == "rate limited"
    assert statuses(revoked_key=403).meaning(403) == "key refused"


@pytest.mark.parametrize("cause", ["slot_not_offered", "not_a_slot", "party_too_large"])
def test_a_slot_that_cannot_be_had_is_a_conflict_whatever_its_status(cause: str) -> None:
    assert statuses(**{cause: 418}).meaning(418) == "conflicting"


def test_what_tells_that_a_limit_was_drawn_on_is_no_failure_of_server_or_key() -> None:
    counted = statuses().counted
    assert {200, 201, 400, 403, 404, 422} <= counted
    assert not counted & {0, 401, 500, 503}

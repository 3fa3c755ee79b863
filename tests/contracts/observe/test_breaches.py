"""One answer is judged by the contract alone: no server, no ledger, no check."""

import json
from typing import Any

import pytest

from contracts.exchange import Answer, Request
from contracts.observe import breaches, watches
from contracts.spec.contract import Contract

HEADERS = {"X-Request-Id": "r-1", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-RateLimit-Reset": "9"}
SEARCH = Request("GET", "http://127.0.0.1:4020/api/calendar/v1/public/availability", "getAvailability", "public")
NOWHERE = Request("GET", "http://127.0.0.1:4020/nowhere", None, "public")


def answer(body: Any, status: int = 200, request: Request = SEARCH, **headers: str | None) -> Answer:
    named = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent = {name: value for name, value in named.items() if value is not None}
    return Answer(request, status, sent, json.dumps(body).encode(), 0.0, 0.1)


def error(status: int, kind: str) -> dict[str, Any]:
    return {"detail": "No", "status": status, "type": kind}


@pytest.mark.parametrize(
    "sound",
    [
        answer({"slots": []}),
        answer(error(404, "not_found"), 404),
        answer(error(404, "not_found"), 404, NOWHERE, X_RateLimit_Limit=None),
    ],
)
def test_an_answer_that_keeps_the_contract_breaks_nothing(contract: Contract, sound: Answer) -> None:
    assert list(breaches(contract, sound)) == []


@pytest.mark.parametrize(
    ("wrong", "statement", "seen"),
    [
        (answer({"slots": [{}]}), "availability.slot_fields", "answered 200 where"),
        (answer({}, 418), "operations.getAvailability", "answered 418 where getAvailability declares no such status"),
        (answer({"slots": []}, 202), "http.success_statuses", "answered 202"),
        (answer({"slots": []}, X_Request_Id=None), "http.request_id", "sent no X-Request-Id"),
        (answer({"slots": []}, X_RateLimit_Limit=None), "limits.headers_on", "answered 200 without it"),
        (answer(error(400, "not_found"), 404), "errors.404", "answered with status 400"),
        (answer(error(404, "missing"), 404), "errors.type.not_found", "answered 404"),
        (answer(error(401, "authentication_error"), 401), "errors.known_details", "answered 401"),
        (answer({"detail": "No"}, 404, NOWHERE), "errors.envelope", "answered 404"),
    ],
)
def test_what_is_wrong_is_told_with_the_statement_that_it_breaks(
    contract: Contract, wrong: Answer, statement: str, seen: str
) -> None:
    found = {breach.statement: breach for breach in breaches(contract, wrong)}
    assert statement in found, sorted(found)
    assert seen in found[statement].seen


def test_headers_where_the_contract_has_none_break_it() -> None:
    contract = Contract.load(reading="limits.headers_on=429")
    found = {breach.statement: breach.seen for breach in breaches(contract, answer({"slots": []}))}
    assert found["limits.headers_on"] == "answered 200 with it"
    assert list(breaches(contract, answer({"slots": []}, X_RateLimit_Limit=None, X_RateLimit_Remaining=None))) == []


def test_each_statement_is_watched_once(contract: Contract) -> None:
    statements = [watch.statement for watch in watches(contract)]
    assert len(set(statements)) == len(statements) > 20

"""What a test expected of the requests that came: counts, order, none, and what came near."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.observing.journal import Entry
from mockserver.observing.matching import match_of_answer
from mockserver.observing.verification import Times, near_misses, verify, verify_order

ACME = "public/org/acme-salon"
VERIFY = "/_mock/requests/verify"


def entry(name: str, operation: str, status: int = 200, **headers: str) -> Entry:
    flat = tuple(part for header, value in headers.items() for part in (f"HTTP_{header.upper()}", value))
    return Entry(
        request_id=name,
        arrived=0,
        took=0,
        method="GET",
        path=f"/{operation}",
        query="",
        client="",
        headers=flat,
        body=b"",
        operation=operation,
        organization=None,
        key_id=None,
        status=status,
        cause=None,
        answer_headers=(),
        answer=b"",
    )


ENTRIES = [
    entry("a", "getService", x_test="seven"),
    entry("b", "getOrganization", 404, x_test="eight"),
    entry("c", "getService"),
    entry("d", "getService", x_test="nine", cookie="s3cr3t"),
]


@pytest.mark.parametrize(
    ("times", "verified", "told"),
    [
        (Times(), True, "at least 1 wanted"),
        (Times(3, 3), True, "3 wanted"),
        (Times(2, 2), False, "2 wanted"),
        (Times(0, 0), False, "none wanted"),
        (Times(4), False, "at least 4 wanted"),
        (Times(0, 3), True, "at most 3 wanted"),
        (Times(1, 2), False, "1 to 2 wanted"),
    ],
)
def test_requests_are_counted(times: Times, verified: bool, told: str) -> None:
    verdict = verify(ENTRIES, match_of_answer([("operation", "getService")]), times)
    assert verdict.verified is verified
    assert verdict.detail.startswith(f"3 requests matched operation getService; {told}")
    assert [found.request_id for found in verdict.found] == ["a", "c", "d"]


def test_a_count_that_no_number_is_is_refused() -> None:
    with pytest.raises(ValueError, match="count can be no number that is at least 3 and at most 2"):
        Times(3, 2)


def test_what_came_near_is_told_with_what_it_lacked() -> None:
    match = match_of_answer([("operation", "getService"), ("method", "GET"), ("header", "X-Test: six")])
    verdict = verify(ENTRIES, match, Times())
    assert verdict.detail == (
        "0 requests matched operation getService and method GET and header X-Test: six; at least 1 wanted; "
        "3 requests matched operation getService and method GET, none had header X-Test: six (but seven, nothing, nine)"
    )
    (near,) = verdict.near_misses
    assert [each.request_id for each in near.entries] == ["a", "c", "d"]


def test_those_that_lack_least_come_near() -> None:
    match = match_of_answer([("status", "404"), ("header", "X-Test: seven"), ("operation", "getOrganization")])
    (near,) = near_misses(ENTRIES, match)
    assert (
        str(near)
        == "1 request matched status 404 and operation getOrganization, none had header X-Test: seven (but eight)"
    )


def test_a_near_miss_shows_no_secret() -> None:
    (near,) = near_misses(ENTRIES[3:], match_of_answer([("header", "Cookie: mine")]))
    assert str(near) == "1 request came, none had header Cookie: mine (but [redacted])"


def test_nothing_comes_near_where_nothing_came() -> None:
    assert near_misses([], match_of_answer([("status", "404")])) == ()


@pytest.mark.parametrize(
    ("operations", "detail"),
    [
        (["getService", "getOrganization", "getService"], None),
        (["getService", "getService"], None),
        (
            ["getOrganization", "getService", "getOrganization"],
            "nothing matched number 3 of the order, operation getOrganization, after c: b came before",
        ),
        (
            ["getService", "createBooking"],
            "nothing matched number 2 of the order, operation createBooking, after a; "
            "4 requests came, none had operation createBooking (but getService, getOrganization)",
        ),
    ],
)
def test_an_order_allows_others_in_between(operations: list[str], detail: str | None) -> None:
    verdict = verify_order(ENTRIES, [match_of_answer([("operation", operation)]) for operation in operations])
    assert verdict.verified is (detail is None)
    assert detail in (None, verdict.detail)


# --- over the control API


@pytest.fixture
def asked(client: Any) -> Any:
    """A mock that has been asked for its organization twice, and for one that there is not."""
    client.get(ACME, headers={"X-Request-Id": "a", "X-Test": "seven"})
    client.get("public/org/nobody", headers={"X-Request-Id": "b"})
    client.get(ACME, headers={"X-Request-Id": "c"})
    return client


def test_what_came_to_pass_is_a_200_with_the_requests(asked: Any) -> None:
    match = {"operation": "getOrganization", "status": 200, "header": {"x-kordless-key": None}}
    answer = asked.post(VERIFY, json={"match": match, "count": 2})
    assert (answer.status_code, answer.json["requests"], answer.json["near_misses"]) == (200, ["a", "c"], [])
    assert asked.post(VERIFY, json={"order": [{"header": {"X-Test": "seven"}}, {"status": "4xx"}]}).status_code == 200
    assert asked.post(VERIFY, json={"match": {"operation": "createBooking"}, "count": 0}).status_code == 200


def test_what_did_not_is_a_problem_that_says_what_came_near(asked: Any) -> None:
    answer = asked.post(VERIFY, json={"match": {"status": 404, "header": {"X-Test": "seven"}}})
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.json["detail"] == (
        "0 requests matched status 404 and header X-Test: seven; at least 1 wanted; "
        "1 request matched header X-Test: seven, none had status 404 (but 200); "
        "1 request matched status 404, none had header X-Test: seven (but nothing)"
    )
    assert [(near["unmet"], near["requests"]) for near in answer.json["near_misses"]] == [
        (["status"], ["a"]),
        (["header"], ["b"]),
    ]
    assert asked.post(VERIFY, json={"match": {}, "count": {"at_most": 2}}).status_code == 409


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "give match, with a count if you like, or order"),
        ({"match": {}, "order": [{}, {}]}, "give match, with a count if you like, or order"),
        ({"order": [{}, {}], "count": 1}, "give match, with a count if you like, or order"),
        ({"match": {"colour": "red"}}, "match has the unknown member colour"),
        (
            {"match": {"operation": "creatBooking"}, "count": 0},
            "there is no operation creatBooking: did you mean createBooking?",
        ),
        ({"match": {"organization": "acme"}, "count": 0}, "there is no organization acme: "),
        ({"match": {"cause": "nothing"}, "count": 0}, "there is no cause nothing: "),
        ({"order": [{}, {"operation": "x"}]}, "there is no operation x: there are getOrganization,"),
        ({"match": {"status": 44}}, "status must be one of three digits"),
        ({"match": {"since": "now"}}, "match.since is not a valid RFC 3339 time"),
        ({"match": {}, "count": -1}, "count must be at least 0"),
        ({"match": {}, "count": {}}, "count"),
        ({"match": {}, "count": {"at_least": 2, "at_most": 1}}, "count can be no number"),
    ],
)
def test_a_question_that_says_nothing_is_refused(client: Any, body: Any, detail: str) -> None:
    """A misspelled name would else be "none", and a test would pass."""
    answer = client.post(VERIFY, json=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert detail in answer.json["detail"]


def test_a_world_without_a_journal_says_so(start: Callable[..., Any]) -> None:
    client = start(journal=0)
    assert client.post(VERIFY, json={"match": {}, "count": 0}).json["detail"].startswith("this mock keeps no journal")

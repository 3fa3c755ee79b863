"""The organization's bookings, filtered and in pages (/platform/bookings)."""

import base64
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from werkzeug.test import TestResponse

Body = Callable[..., dict[str, Any]]
Keys = Callable[..., str]
Refused = Callable[..., None]
List = Callable[..., TestResponse]


@pytest.fixture
def listed(client: Any, keys: Keys) -> List:
    """Asks for the bookings of the salon."""
    platform = client.with_key(keys(client, "platform"))

    def ask(**query: object) -> TestResponse:
        answer: TestResponse = platform.get("bookings", query_string=query, headers={"x-organization-id": "abc123"})
        return answer

    return ask


def ids(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [booking["id"] for booking in answer.get_json()["bookings"]]


def pages(listed: List, between: Callable[[], object] = lambda: None, **query: object) -> list[list[str]]:
    """The ids of every page; `between` is called after each one that has a next."""
    found: list[list[str]] = []
    cursor: dict[str, object] = {}
    while len(found) < 50:
        answer = listed(**query, **cursor)
        found.append(ids(answer))
        if "next_cursor" not in answer.get_json():
            return found
        cursor = {"cursor": answer.get_json()["next_cursor"]}
        between()
    raise AssertionError("the pages do not end")


@pytest.fixture
def five(client: Any, book: Body) -> list[str]:
    """Ids of five bookings as they are listed; two of them begin at the same time."""
    late, noon, early = (book(client, start=f"2025-12-03T{hour}:00:00Z") for hour in (20, 17, 15))
    pair = [book(client, "consultation", "2025-12-03T16:00:00Z") for _ in range(2)]
    return [early["id"], *sorted(booking["id"] for booking in pair), noon["id"], late["id"]]


def test_without_bookings_the_list_is_empty(listed: List) -> None:
    assert listed().get_json() == {"bookings": []}


def test_a_booking_is_listed_as_it_is_looked_up(client: Any, listed: List, book: Body) -> None:
    number = book(client)["confirmation_number"]
    looked_up = client.get(f"public/bookings/confirmation/{number}?contact=sarah@example.com").get_json()
    assert listed().get_json() == {"bookings": [looked_up["booking"]]}


def test_bookings_are_ordered_by_start_and_id(listed: List, five: list[str]) -> None:
    assert ids(listed()) == five


def test_a_moved_booking_is_listed_at_its_new_time(client: Any, listed: List, five: list[str]) -> None:
    path = f"public/bookings/confirmation/{five[0]}/reschedule?contact=sarah@example.com"
    client.post(path, json={"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"})
    assert ids(listed()) == [*five[1:], five[0]]


def test_canceled_bookings_are_listed(client: Any, listed: List, five: list[str]) -> None:
    client.post(f"public/bookings/confirmation/{five[0]}/cancel?contact=sarah@example.com")
    assert ids(listed()) == five
    assert listed().get_json()["bookings"][0]["status"] == "canceled"


def test_bookings_of_other_organizations_are_not_listed(client: Any, keys: Keys, five: list[str]) -> None:
    harbor = client.with_key(keys(client, "platform", "harbor"))
    assert ids(harbor.get("bookings", headers={"x-organization-id": "hbr456"})) == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"from": "2025-12-03T16:00:00Z"}, slice(1, 5)),
        ({"from": "2025-12-03T16:00:01Z"}, slice(3, 5)),
        ({"to": "2025-12-03T20:00:00Z"}, slice(0, 4)),
        ({"to": "2025-12-03T20:00:01Z"}, slice(0, 5)),
        ({"from": "2025-12-03T11:00:00-05:00", "to": "2025-12-03T18:00:00+01:00"}, slice(1, 3)),
        ({"from": "2025-12-03T17:00:00Z", "to": "2025-12-03T17:00:00Z"}, slice(0, 0)),
        ({"service": "consultation"}, slice(1, 3)),
        ({"service": "nothing"}, slice(0, 0)),
        ({"service": "haircut", "from": "2025-12-03T16:00:00Z"}, slice(3, 5)),
        ({"status": "confirmed"}, slice(0, 5)),
        ({"status": "pending"}, slice(0, 0)),
        ({"unknown": "parameter"}, slice(0, 5)),
    ],
)
def test_filters_narrow_the_list(listed: List, five: list[str], query: dict[str, str], wanted: slice) -> None:
    assert ids(listed(**query)) == five[wanted]


@pytest.mark.parametrize("status", ["confirmed", "pending", "canceled"])
def test_bookings_are_found_by_status(client: Any, listed: List, book: Body, status: str) -> None:
    made = {"confirmed": book(client), "pending": book(client, "bridal-styling"), "canceled": book(client, "color")}
    number = made["canceled"]["confirmation_number"]
    client.post(f"public/bookings/confirmation/{number}/cancel?contact=sarah@example.com")
    assert ids(listed(status=status)) == [made[status]["id"]]


# --- pages


@pytest.mark.parametrize(("limit", "lengths"), [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (200, [5])])
def test_pages_are_complete_and_the_last_has_no_next(
    listed: List, five: list[str], limit: int, lengths: list[int]
) -> None:
    found = pages(listed, limit=limit)
    assert list(chain(*found)) == five
    assert [len(page) for page in found] == lengths


def test_filters_hold_on_every_page(listed: List, five: list[str]) -> None:
    assert pages(listed, limit=1, service="haircut") == [[five[0]], [five[3]], [five[4]]]
    assert pages(listed, limit=2, service="consultation") == [five[1:3]]


def test_a_page_has_50_bookings_unless_told_otherwise(client: Any, listed: List, book: Body) -> None:
    for number in range(51):
        book(client, "consultation", f"2025-12-03T{14 + number // 18}:{number // 3 % 6}0:00Z")
    assert [len(page) for page in pages(listed)] == [50, 1]


@pytest.mark.parametrize(("start_at", "seen"), [("2025-12-02T15:00:00Z", 0), ("2025-12-04T15:00:00Z", 1)])
def test_pages_stay_complete_while_bookings_are_added(
    client: Any, listed: List, book: Body, five: list[str], start_at: str, seen: int
) -> None:
    added: list[str] = []

    def add() -> None:
        if not added:
            added.append(book(client, "consultation", start_at)["id"])

    found = list(chain(*pages(listed, add, limit=2)))
    assert [booking for booking in found if booking not in added] == five
    assert found.count(added[0]) == seen


def test_pages_stay_complete_when_the_last_one_seen_is_canceled(client: Any, listed: List, five: list[str]) -> None:
    def cancel() -> None:
        client.post(f"public/bookings/confirmation/{five[1]}/cancel?contact=sarah@example.com")

    assert list(chain(*pages(listed, cancel, limit=2))) == five


def forged(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        forged("1.2"),
        "x",
        "nothing",
        "!!!!",
        "ümlaut",
        "9" * 5000,
        forged("book_abc123xyz"),
        forged("soon.book_abc123xyz"),
        forged("1764774000.0.book_abc123xyz"),
        forged("01764774000.book_abc123xyz"),
        forged("1764774000.book_abc123xyz") + "=",
        forged("1764774000.book_abc123xyz") + "\n",
        forged("9" * 5000 + ".book_abc123xyz"),
    ],
)
def test_a_cursor_that_the_server_never_gave_is_invalid(listed: List, refused: Refused, cursor: str) -> None:
    refused(listed(cursor=cursor), "invalid_cursor")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("limit", "0", "must be at least 1"),
        ("limit", "-1", "must be at least 1"),
        ("limit", "201", "must be at most 200"),
        ("limit", "ten", "must be an integer"),
        ("limit", "1.0", "must be an integer"),
        ("limit", "9" * 30, "must be an integer"),
        ("limit", "", "must be an integer"),
        ("status", "cancelled", "must be one of confirmed, pending, canceled"),
        ("status", "", "must be one of confirmed, pending, canceled"),
        ("service", "", "must not be empty"),
        ("cursor", "", "must not be empty"),
        ("from", "2025-12-03", "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"),
        ("to", "9999-01-01T00:00:00Z", "must be in the years 1970 to 9998"),
    ],
)
def test_an_invalid_filter_is_named(listed: List, refused: Refused, field: str, value: str, problem: str) -> None:
    refused(listed(**{field: value}), "invalid_field", field=field, problem=problem)

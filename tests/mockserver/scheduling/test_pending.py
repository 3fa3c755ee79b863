"""Bookings that wait for staff, and the list of bookings that an organization's own systems read."""

from collections.abc import Callable
from typing import Any

import pytest

START, END = "2025-12-03T15:00:00Z", "2025-12-03T17:00:00Z"
PLATFORM = {"x-organization-id": "abc123"}


@pytest.fixture
def pending(client: Any, booking_body: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A booking of the service that staff confirm."""
    body = booking_body(service_slug="bridal-styling", host_id=None, starts_at=START, ends_at=END)
    answer = client.post("public/bookings", json=body)
    assert answer.status_code == 201
    return dict(answer.json["booking"])


@pytest.fixture
def listed(client: Any, keys: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """One page of listBookings: `listed(status="pending", limit=2)`."""

    def page(**query: Any) -> dict[str, Any]:
        answer = client.with_key(keys(client, "platform")).get("bookings", query_string=query, headers=PLATFORM)
        assert answer.status_code == 200
        return dict(answer.json)

    return page


def status(client: Any, booking: dict[str, Any]) -> str:
    path = f"public/bookings/confirmation/{booking['confirmation_number']}?contact=sarah@example.com"
    return str(client.get(path).json["booking"]["status"])


def test_a_booking_waits_for_staff_where_its_service_asks_for_it(client: Any, pending: dict[str, Any]) -> None:
    assert pending["status"] == "pending"
    answer = client.post(f"/_mock/bookings/{pending['id']}/confirm")
    assert (answer.status_code, answer.json["booking"]["status"]) == (200, "confirmed")
    assert status(client, pending) == "confirmed"


def test_a_pending_booking_holds_its_slot(
    client: Any, pending: dict[str, Any], booking_body: Callable[..., dict[str, Any]]
) -> None:
    body = booking_body(service_slug="bridal-styling", host_id=None, starts_at=START, ends_at=END)
    assert client.post("public/bookings", json=body).status_code == 409
    client.post(f"/_mock/bookings/{pending['id']}/cancel")
    assert client.post("public/bookings", json=body).status_code == 201


def test_staff_may_cancel_within_the_notice_period(client: Any, pending: dict[str, Any]) -> None:
    own = f"public/bookings/confirmation/{pending['confirmation_number']}/cancel?contact=sarah@example.com"
    assert client.post(own).status_code == 422, "72 hours of notice, and it is in 55"
    answer = client.post(f"/_mock/bookings/{pending['id']}/cancel")
    assert (answer.status_code, answer.json["booking"]["status"]) == (200, "canceled")


def test_a_canceled_booking_is_neither_confirmed_nor_canceled_again(client: Any, pending: dict[str, Any]) -> None:
    client.post(f"/_mock/bookings/{pending['id']}/cancel")
    for decision in ("confirm", "cancel"):
        assert client.post(f"/_mock/bookings/{pending['id']}/{decision}").status_code == 409
        assert client.post(f"/_mock/bookings/book_000000000/{decision}").status_code == 404


def test_a_moved_booking_still_waits(client: Any, booking_body: Callable[..., dict[str, Any]]) -> None:
    times = {"starts_at": "2025-12-10T15:00:00Z", "ends_at": "2025-12-10T17:00:00Z"}
    body = booking_body(service_slug="bridal-styling", host_id=None, **times)
    number = client.post("public/bookings", json=body).json["booking"]["confirmation_number"]
    moved = client.post(
        f"public/bookings/confirmation/{number}/reschedule?contact=sarah@example.com",
        json={"start_at": "2025-12-10T16:00:00Z", "end_at": "2025-12-10T18:00:00Z"},
    )
    assert (moved.status_code, moved.json["booking"]["status"]) == (200, "pending")


def test_staff_see_bookings_by_organization_and_status(client: Any, pending: dict[str, Any]) -> None:
    shown = client.get("/_mock/bookings?organization=acme-salon&status=pending").json["bookings"]
    assert [(one["id"], one["host_id"]) for one in shown] == [(pending["id"], "host_maria")]
    assert client.get("/_mock/bookings?organization=harbor-clinic").json["bookings"] == []
    assert client.get("/_mock/bookings?status=confirmed").json["bookings"] == []


# --- listBookings


@pytest.fixture
def several(client: Any, booking_body: Callable[..., dict[str, Any]]) -> Callable[[str, int], list[str]]:
    """Books a free consultation on each of the hours of a day; answers the ids."""

    def booked(date: str, count: int) -> list[str]:
        ids = []
        for hour in range(14, 14 + count):
            body = booking_body(
                service_slug="consultation",
                host_id=None,
                starts_at=f"{date}T{hour}:00:00Z",
                ends_at=f"{date}T{hour}:10:00Z",
            )
            ids.append(client.post("public/bookings", json=body).json["booking"]["id"])
        return ids

    return booked


def test_filters_narrow_the_list(pending: Any, several: Any, listed: Any, client: Any) -> None:
    ids = several("2025-12-05", 3)
    client.mock.bookings.cancel_by_staff(ids[1])

    def found(**query: Any) -> list[str]:
        return [booking["id"] for booking in listed(**query)["bookings"]]

    assert found() == [pending["id"], *ids]
    assert found(status="pending") == [pending["id"]]
    assert found(status="canceled") == [ids[1]]
    assert found(service="consultation") == ids
    assert found(**{"from": "2025-12-05T15:00:00Z"}) == ids[1:], "from is part of the range"
    assert found(to="2025-12-05T15:00:00Z") == [pending["id"], ids[0]], "to is not"
    assert found(**{"from": "2025-12-05T14:00:01Z", "to": "2025-12-05T16:00:00Z", "status": "confirmed"}) == []


def test_pages_hold_each_booking_once_while_others_are_added(several: Any, listed: Any) -> None:
    ids = several("2025-12-05", 5)
    page = listed(limit=2)
    seen = [booking["id"] for booking in page["bookings"]]
    earlier, later = several("2025-12-04", 2), several("2025-12-08", 2)
    while "next_cursor" in page:
        page = listed(limit=2, cursor=page["next_cursor"])
        seen += [booking["id"] for booking in page["bookings"]]
    assert seen == [*ids, *later]
    assert not set(earlier) & set(seen), "what was added before the page already read is not seen"


def test_a_cursor_goes_on_within_a_filter(several: Any, listed: Any) -> None:
    several("2025-12-04", 2)
    ids = several("2025-12-05", 3)
    wanted = {"from": "2025-12-05T00:00:00Z", "service": "consultation", "limit": 2}
    page = listed(**wanted)
    rest = listed(**wanted, cursor=page["next_cursor"])
    assert [booking["id"] for booking in page["bookings"] + rest["bookings"]] == ids
    assert "next_cursor" not in rest


def test_an_exact_page_has_no_page_behind_it(several: Any, listed: Any) -> None:
    several("2025-12-05", 2)
    assert "next_cursor" not in listed(limit=2)


@pytest.mark.parametrize("cursor", ["x", "%F0", "a.b.c", "MTc2NDk0MzIwMA"])
def test_a_cursor_that_no_page_gave_is_refused(client: Any, keys: Callable[..., str], cursor: str) -> None:
    staff = client.with_key(keys(client, "platform"))
    assert staff.get("bookings", query_string={"cursor": cursor}, headers=PLATFORM).status_code == 400

"""A booking's past, from whatever is left of it; and the week of a dataset with exceptions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from mockserver.application.admin import Admin
from mockserver.application.admin.webhooks import Wanted
from mockserver.application.calendar import Calendars
from mockserver.application.refusals import UnknownError
from mockserver.application.traces import traces_of
from mockserver.web.dashboard.history import History, history_of
from tests.mockserver.conftest import Client

EVENTS = ("booking.created", "booking.updated", "booking.cancelled")
LATER = {"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"}
LATEST = {"start_at": "2025-12-04T18:00:00Z", "end_at": "2025-12-04T19:00:00Z"}
NUMBER = "BOOK_ABC123XYZ"


@pytest.fixture
def door() -> str:
    """What becomes of a booking is the same through each."""
    return "direct"


@pytest.fixture
def booked(client: Client, booking_body: Callable[..., dict[str, Any]]) -> Client:
    """With a webhook that is told of all; nobody takes what is on its way."""
    Admin(client.mock).webhooks.register(Wanted("acme-salon", "http://127.0.0.1:9/", EVENTS, None))
    body = booking_body()
    for _ in range(2):
        assert client.post("public/bookings", json=body, headers={"Idempotency-Key": "k"}).status_code == 201
    return client


def move(client: Client, to: dict[str, str] = LATER, contact: str = "sarah@example.com") -> int:
    path = f"public/bookings/confirmation/{NUMBER.lower()}/reschedule"
    return client.post(path, json=to, query_string={"contact": contact}).status_code


def past(client: Client, *, awaits_confirmation: bool = False) -> History:
    return history_of(traces_of(client.mock, NUMBER), awaits_confirmation=awaits_confirmation)


def told(history: History) -> list[tuple[str, str]]:
    return [(event.what, event.detail) for event in history.events]


def test_requests_tell_what_became_of_it_and_what_was_tried(booked: Client) -> None:
    assert move(booked) == 200
    assert move(booked, contact="nobody@example.com") == 403
    history = past(booked)
    assert told(history) == [
        ("created", "to begin at 2025-12-03T15:00:00Z"),
        ("sent again", "with the same idempotency key: answered as before"),
        ("moved", "to begin at 2025-12-04T16:00:00Z"),
        ("tried to move", "refused: contact_mismatch"),
    ]
    assert history.unknown == 0
    assert all(event.request_id for event in history.events)


def test_what_the_journal_has_forgotten_webhooks_still_know(booked: Client) -> None:
    move(booked)
    Admin(booked.mock).requests.forget()
    move(booked, LATEST)
    booked.post(f"/_mock/bookings/{NUMBER.lower()}/cancel")
    history = past(booked)
    assert told(history) == [
        ("created", ""),
        ("moved", "to begin at 2025-12-04T16:00:00Z"),
        ("moved", "to begin at 2025-12-04T18:00:00Z"),
        ("canceled", ""),
    ]
    assert [event.request_id is not None for event in history.events] == [False, False, True, False]
    assert history.unknown == 0


def test_what_nobody_knows_any_more_is_counted(booked: Client) -> None:
    admin = Admin(booked.mock)
    move(booked)
    move(booked, LATEST)
    admin.requests.forget()
    with booked.mock.state.work(alone=True) as work:
        work.deliveries.restart(())
    assert past(booked).unknown == 2
    booked.post(f"/_mock/bookings/{NUMBER.lower()}/cancel")
    with booked.mock.state.work(alone=True) as work:
        work.deliveries.restart(())
    history = past(booked)
    assert told(history) == [("created", ""), ("canceled", "by staff, as it seems; when, is not kept")]
    assert history.events[-1].at is None
    assert history.unknown == 2


def test_a_confirmation_by_staff_is_told_where_the_service_asks_for_one(
    client: Client, booking_body: Callable[..., dict[str, Any]]
) -> None:
    body = booking_body(service_slug="bridal-styling", ends_at="2025-12-03T17:00:00Z")
    assert client.post("public/bookings", json=body).status_code == 201
    client.post(f"/_mock/bookings/{NUMBER.lower()}/confirm")
    assert told(past(client, awaits_confirmation=True))[-1] == ("confirmed", "by staff; when, is not kept")


def test_the_idempotency_key_that_made_it_is_known_as_long_as_its_answer_is(booked: Client) -> None:
    stored = traces_of(booked.mock, NUMBER).stored
    assert stored is not None
    assert (stored.idempotency_key, stored.key_id) == ("k", "key_acme_public")
    booked.advance(86_401)
    assert traces_of(booked.mock, NUMBER).stored is None


def test_a_week_knows_hours_exceptions_and_what_is_free(start: Callable[..., Client]) -> None:
    calendars = Calendars(start(data="clinic").mock)
    slug = next(iter(calendars.week("hill-clinic", "host", "host_adams", date(2025, 12, 22)).organization.services))
    monday = date(2025, 12, 22)
    days = calendars.week("hill-clinic", "host", "host_adams", monday).days
    assert [day.date.day for day in days if day.exceptions] == [24, 25, 26]
    assert [len(days[number].openings) for number in (3, 4)] == [0, 0]
    assert {day.free for day in days} == {None}
    free = {day.date.day: day.free for day in calendars.week("hill-clinic", "service", slug, monday).days}
    assert free[25] == free[26] == 0
    assert 0 < (free[24] or 0) < (free[23] or 0)
    for organization, kind, id in (("nobody", "host", "host_adams"), ("hill-clinic", "service", "nothing")):
        with pytest.raises(UnknownError):
            calendars.week(organization, kind, id, monday)  # type: ignore[arg-type]  # any text, to mypy

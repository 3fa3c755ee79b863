"""A suite as users write it: two hundred tests that would all disturb each other if they shared anything."""

import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from mockserver.testing import KordlessMock

API = "/api/calendar/v1/public"
BOOKING = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "starts_at": "2025-12-03T15:00:00Z",
    "ends_at": "2025-12-03T16:00:00Z",
    "timezone": "America/New_York",
    "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
}


def ask(mock: KordlessMock, path: str, body: object = None) -> tuple[int, Any]:
    headers = {"x-kordless-key": mock.key, "Content-Type": "application/json", "Idempotency-Key": "the-same"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(mock.url + API + path, data, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("number", range(200))
def test_everybody_books_the_same_slot(kordless_mock: KordlessMock, number: int) -> None:
    mock = kordless_mock
    assert not mock.clock.frozen
    assert mock.clock.now.isoformat().startswith("2025-12-01T08:0")
    assert (len(mock.requests), len(mock.bookings), mock.faults.all()) == (0, 0, [])
    status, made = ask(mock, "/bookings", BOOKING)
    assert (status, made["booking"]["id"]) == (201, "book_abc123xyz"), made
    match number % 4:
        case 0:
            mock.clock.freeze()
            mock.clock.advance(timedelta(days=number))
        case 1:
            mock.faults.add("outage")
            assert ask(mock, "/org/acme-salon")[0] == 503
        case 2:
            mock.limits.set_remaining("public-general", "key_acme_public", 0)
            assert ask(mock, "/org/acme-salon")[0] == 429
        case _:
            mock.bookings.cancel(made["booking"]["id"])
    assert number != 77, "fails by itself, so that results can be told apart"

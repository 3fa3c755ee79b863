"""What a refusal may tell and what not, from the exchange alone."""

import json

import pytest

from contracts.exchange import Answer, Request
from contracts.observe.refusals import folded, leaked
from contracts.spec.contract import Contract

ASKED = (
    "https://api.example/api/calendar/v1/public/bookings/confirmation/BOOK_ABC123XYZ?contact=ada%2Btag%40example.com"
)
DATE = "Mon, 01 Dec 2025 08:00:00 GMT"


def refusal(told: object, content: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    request = Request("GET", ASKED, "lookupBooking", None, {}, content)
    return Answer(request, 403, {"Date": DATE, **(headers or {})}, json.dumps(told).encode(), 0.0, 0.1)


@pytest.mark.parametrize(
    "sound",
    [
        refusal({"detail": "Insufficient permissions"}),
        refusal({"detail": "book_abc123xyz is not for ada+tag@example.com"}),
        refusal({"detail": "Write to support@kordless.ai", "at": "2025-12-01T08:00:03Z"}),
        refusal({"detail": "Try again at 2025-12-01T09:00:00+01:00"}),
        refusal({"at": "2026-01-05T10:00:00Z"}, b'{"start_at": "2026-01-05T11:00:00+01:00"}'),
        refusal({"detail": "call +1 555-010-0000"}, b'{"phone": "+15550100000"}'),
        refusal({}, headers={"X-Request-Id": "book_zzzzzzzzz"}),
    ],
)
def test_what_the_asker_said_and_what_is_no_secret_may_be_told(contract: Contract, sound: Answer) -> None:
    assert leaked(contract, sound) is None


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (refusal({"contact": "sarah@example.com"}), "sarah@example.com"),
        (refusal({"detail": "expected +1 555 123 4567"}), "+1 555 123 4567"),
        (refusal({"see": ["Book_zzzzzzzzz"]}), "Book_zzzzzzzzz"),
        (refusal({"start": "2025-12-09T15:00:00Z"}), "2025-12-09T15:00:00Z"),
        (refusal({}, headers={"Location": "/confirmation/BOOK_ZZZZZZZZZ"}), "BOOK_ZZZZZZZZZ"),
    ],
)
def test_what_somebody_else_knows_is_found_in_body_and_headers(contract: Contract, wrong: Answer, found: str) -> None:
    assert leaked(contract, wrong) == found


def test_what_is_known_to_be_a_secret_is_found_in_any_case(contract: Contract) -> None:
    assert leaked(contract, refusal({"who": "SARAH JOHNSON"}), folded(["Sarah Johnson"])) == "Sarah Johnson"

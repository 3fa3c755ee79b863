"""The same creation several times at once, as impatient clients send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contracts.harness.ledger import Intent
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check


def create_together(check: Check, body: Mapping[str, Any], times: int) -> list[Answer]:
    """With one idempotency key for all of them."""
    bookings, token = check.bookings, check.fakes.idempotency_key()
    bookings.spend()
    bookings.ledger.intend(Intent(token, check.credentials.url, "public", body))
    request = check.request("createBooking", body=body, headers={check.contract.idempotency.header: token})
    answers = check.target.send_together([request] * times)
    for answer in answers:
        bookings.record(answer, body, token)
    return answers

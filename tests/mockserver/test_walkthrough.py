"""The documentation's examples in their order, against a fresh mock."""

from collections.abc import Callable
from typing import Any


def test_a_booking_is_made_found_moved_canceled_and_its_slot_free_again(
    client: Any, booking_body: Callable[..., dict[str, Any]]
) -> None:
    day = "availability?org_slug=acme-salon&service_slug=haircut&from=2025-12-03T00:00:00Z&to=2025-12-04T00:00:00Z"
    offered = [slot["startsAt"] for slot in client.get("public/" + day).json["slots"]]
    assert "2025-12-03T15:00:00Z" in offered

    created = client.post("public/bookings", json=booking_body())
    assert created.status_code == 201
    assert created.json["booking"]["id"] == "book_abc123xyz"
    taken = [slot["startsAt"] for slot in client.get("public/" + day).json["slots"]]
    # An hour's haircut on a grid of half hours: its own start and those that would overlap it.
    assert set(offered) - set(taken) == {"2025-12-03T14:30:00Z", "2025-12-03T15:00:00Z", "2025-12-03T15:30:00Z"}

    number = created.json["booking"]["confirmation_number"]
    booking = f"public/bookings/confirmation/{number}"
    for contact in ("sarah@example.com", "SARAH@EXAMPLE.COM", "%2B15551234567", "+15551234567", "%2B1 (555) 123-4567"):
        assert client.get(f"{booking}?contact={contact}").status_code == 200, contact

    moved = client.post(
        f"{booking}/reschedule?contact=sarah@example.com",
        json={"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"},
    )
    assert moved.status_code == 200
    assert [slot["startsAt"] for slot in client.get("public/" + day).json["slots"]] == offered

    canceled = client.post(f"{booking}/cancel?contact=sarah@example.com")
    assert canceled.json["booking"]["status"] == "canceled"
    again = client.post(f"{booking}/cancel?contact=sarah@example.com")
    assert (again.status_code, again.json["type"]) == (422, "unprocessable")

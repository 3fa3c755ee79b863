"""Good requests, and bounds from their inner side."""

from tests.mockserver.mutant_server import SALON, Server, truths


def looking_up_what_is_canceled(server: Server) -> None:
    number = server.booked()
    server.cancel(number)
    assert server.lookup(number).status_code == 200


def slots_of_two_minutes(server: Server) -> None:
    span = {"from": "2025-12-03T15:00:00Z", "to": "2025-12-03T15:02:00Z"}
    assert server.slots(**span).status_code == 200


def slots_of_a_month(server: Server) -> None:
    span = {"from": "2025-12-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert server.slots(**span).status_code == 200


def half_a_day_before_the_window_ends(server: Server) -> None:
    days = server.get(f"{SALON}/service/haircut").json["calendarSettings"]["booking_window_days"]  # type: ignore[index]
    assert days == 60
    times = {"starts_at": "2026-01-29T20:00:00Z", "ends_at": "2026-01-29T21:00:00Z"}
    assert server.create(**times).status_code == 201


def long_request_id(server: Server) -> None:
    answer = server.get(SALON, headers={"X-Request-Id": "x" * 129})
    assert answer.headers["X-Request-Id"] != "x" * 129


CASES = truths(
    {
        "canceled-lookup-fails": looking_up_what_is_canceled,
        "short-range-refused": slots_of_two_minutes,
        "two-weeks-at-most": slots_of_a_month,
        "window-a-day-short": half_a_day_before_the_window_ends,
        "long-request-id-echoed": long_request_id,
    }
)

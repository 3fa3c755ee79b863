"""Who gets a seat, and who does not."""

from tests.mockserver.mutant_server import WEDNESDAY, Server, truths
from tests.mockserver.scenarios.self_service import THURSDAY

FULL = {"service_slug": "styling-class"}


def booking_twice_without_host(server: Server) -> None:
    server.booked()
    assert server.create(host_id=None).status_code == 409


def moving_to_somebodys_slot(server: Server) -> None:
    number = server.booked()
    server.booked(starts_at=THURSDAY[0], ends_at=THURSDAY[1])
    assert server.reschedule(number, *THURSDAY).status_code == 409


def booking_twice_after_a_cancellation(server: Server) -> None:
    server.cancel(server.booked(host_id="host_sarah"))
    assert [server.create(host_id="host_sarah").status_code for _ in range(2)] == [201, 409]


def booking_all_seats(server: Server) -> None:
    slot = server.slots("styling-class", partySize=8, **WEDNESDAY).json["slots"][0]  # type: ignore[index]
    wish = {"starts_at": slot["startsAt"], "ends_at": slot["endsAt"], "host_id": None, "party_size": 8}
    assert server.create(**FULL, **wish).status_code == 201


def booking_after_a_cancellation(server: Server) -> None:
    server.cancel(server.booked(host_id="host_sarah"))
    assert server.create(host_id="host_sarah").status_code == 201


CASES = truths(
    {
        "taken-slot-sold-without-host": booking_twice_without_host,
        "taken-slot-sold-by-moving": moving_to_somebodys_slot,
        "canceled-seat-sold-twice": booking_twice_after_a_cancellation,
        "full-party-refused": booking_all_seats,
        "canceled-slot-refused": booking_after_a_cancellation,
    }
)

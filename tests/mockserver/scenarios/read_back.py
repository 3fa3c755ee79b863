"""What each reading operation tells after a write, and after one that was refused."""

from tests.mockserver.mutant_server import Server, at, truths
from tests.mockserver.scenarios.self_service import THURSDAY, status_now

OLD = "2025-12-03T15:00:00Z"


def moved(server: Server) -> str:
    number = server.booked()
    assert server.reschedule(number, *THURSDAY).status_code == 200
    return number


def start_after_looking_twice(server: Server) -> None:
    number = server.booked()
    assert at(server.lookup(number), "booking", "start_at") == OLD
    server.reschedule(number, *THURSDAY)
    assert at(server.lookup(number), "booking", "start_at") == THURSDAY[0]


def start_in_the_list(server: Server) -> None:
    number = server.booked()
    assert at(server.list(), "bookings", 0, "start_at") == OLD
    server.reschedule(number, *THURSDAY)
    assert at(server.list(), "bookings", 0, "start_at") == THURSDAY[0]


def offers_asked_for_twice(server: Server) -> None:
    assert OLD in server.starts()
    server.booked()
    assert OLD not in server.starts()


def moves_asked_for_twice(server: Server) -> None:
    number = server.booked()
    query = {"contact": "sarah@example.com", "from": THURSDAY[0], "to": THURSDAY[1]}
    path = f"public/bookings/confirmation/{number}/availability"
    assert at(server.get(path, None, query_string=query), "slots", 0, "startsAt") == THURSDAY[0]
    server.booked(starts_at=THURSDAY[0], ends_at=THURSDAY[1])
    assert at(server.get(path, None, query_string=query), "slots", 0, "startsAt") != THURSDAY[0]


def invite_of_a_moved_booking(server: Server) -> None:
    answer = server.ask("GET", f"{moved(server).lower()}.ics", None, base="/calendar")
    assert b"DTSTART:20251204T160000Z" in answer.data


def booking_with_a_wrong_contact(server: Server) -> None:
    number = server.booked()
    path = f"public/bookings/confirmation/{number}/cancel"
    assert server.ask("POST", path, None, query_string={"contact": "somebody@else.com"}).status_code == 403
    assert status_now(server, number) == "confirmed"


def booking_with_a_wrong_length(server: Server) -> None:
    number = server.booked()
    assert server.reschedule(number, THURSDAY[0], "2025-12-04T17:30:00Z").status_code == 400
    assert at(server.lookup(number), "booking", "start_at") == OLD


def slot_of_a_refused_party(server: Server) -> None:
    assert server.create(party_size=9).status_code == 409
    assert OLD in server.starts()


def slot_of_a_refused_host(server: Server) -> None:
    assert server.create(host_id="host_nobody").status_code == 404
    assert OLD in server.starts()


CASES = truths(
    {
        "lookup-tells-first-time": start_after_looking_twice,
        "lookup-lags-behind": start_after_looking_twice,
        "list-tells-first-time": start_in_the_list,
        "availability-from-cache": offers_asked_for_twice,
        "moves-from-cache": moves_asked_for_twice,
        "invite-of-first-time": invite_of_a_moved_booking,
        "refused-cancel-cancels": booking_with_a_wrong_contact,
        "refused-move-moves": booking_with_a_wrong_length,
        "refused-party-holds-seat": slot_of_a_refused_party,
        "refused-host-holds-seat": slot_of_a_refused_host,
    }
)

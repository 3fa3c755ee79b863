"""Operations as the documentation shows them in one piece.

Without its operation, or without a key, nothing that is true of an answer can be seen: what these mutants imply is
not written down.
"""

from tests.mockserver.mutant_server import SALON, Server, at, truths

MOVED = ("2025-12-04T16:00:00Z", "2025-12-04T17:00:00Z")


def organization_and_its_services(server: Server) -> None:
    assert set(server.get(SALON).json or ()) == {"organization", "services"}


def service_and_its_settings(server: Server) -> None:
    assert server.get(f"{SALON}/service/haircut").json == server.example("ServiceDetails")


def slots_by_name(server: Server) -> None:
    assert isinstance(at(server.slots(), "slots"), list)


def slots_to_move_to(server: Server) -> None:
    query = {"contact": "sarah@example.com", "from": "2025-12-03T14:45:00Z", "to": "2025-12-03T15:15:00Z"}
    answer = server.get(f"public/bookings/confirmation/{server.booked()}/availability", None, query_string=query)
    assert at(answer, "slots", 0, "startsAt") == "2025-12-03T15:00:00Z"


def booking(server: Server) -> None:
    answer = server.create()
    assert answer.status_code == 201
    assert at(answer, "booking") == server.example("BookingCreated")["booking"]


def lookup(server: Server) -> None:
    assert server.lookup(server.booked()).json == server.example("BookingFound")


def cancel(server: Server) -> None:
    answer = server.cancel(server.booked())
    assert answer.status_code == 200
    assert answer.json == server.example("BookingCanceled")


def reschedule(server: Server) -> None:
    answer = server.reschedule(server.booked(), *MOVED)
    assert answer.status_code == 200
    assert answer.json == server.example("BookingRescheduled")


def bookings_of_an_organization(server: Server) -> None:
    server.create()
    answer = server.list()
    assert answer.status_code == 200
    assert answer.json == server.example("Bookings")


CASES = truths(
    {
        "key-in-authorization-alone": organization_and_its_services,
        "services-inside-organization": organization_and_its_services,
        "settings-inside-service": service_and_its_settings,
        "slots-unwrapped": slots_by_name,
        "reschedule-slots-renamed": slots_to_move_to,
        "reschedule-slots-absent": slots_to_move_to,
        "create-accepted": booking,
        "create-elsewhere": booking,
        "cancel-accepted": cancel,
        "reschedule-accepted": reschedule,
        "bookings-accepted": bookings_of_an_organization,
        "create-by-put": booking,
        "lookup-unwrapped": lookup,
        "cancel-by-delete": cancel,
        "cancel-wants-body": cancel,
        "reschedule-by-patch": reschedule,
        "reschedule-unwrapped": reschedule,
        "reschedule-timezone-required": reschedule,
        "bookings-not-listed": bookings_of_an_organization,
        "organization-header-renamed": bookings_of_an_organization,
        "bookings-called-data": bookings_of_an_organization,
    }
)

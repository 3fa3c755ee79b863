"""What is true of the list of bookings, and would not be if a mutant had its way."""

from typing import Any

from tests.mockserver.mutant_server import ABSENT, Server, at, truths

WEDNESDAY = "2025-12-03T15:00:00Z"
THURSDAY = "2025-12-04T15:00:00Z"
FRIDAY = "2025-12-05T15:00:00Z"


def book(server: Server, *starts: str) -> list[str]:
    return [server.booked(starts_at=start, ends_at=start.replace("T15", "T16")) for start in starts]


def starts_listed(server: Server, **query: Any) -> list[str]:
    return starts_of(server.list(**query).json)


def starts_of(page: Any) -> list[str]:
    return [booking["start_at"] for booking in page["bookings"]]


def whole_organization_id(server: Server) -> None:
    assert server.list(headers={"x-organization-id": "org_abc123"}).status_code == 200


def bookings_from(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY)
    assert starts_listed(server, **{"from": THURSDAY}) == [THURSDAY]


def bookings_from_before(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY)
    assert starts_listed(server, **{"from": "2025-12-04T00:00:00Z"}) == [THURSDAY]


def bookings_to(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY)
    assert starts_listed(server, to=THURSDAY) == [WEDNESDAY]


def bookings_of_a_status(server: Server) -> None:
    server.cancel(book(server, WEDNESDAY, THURSDAY)[0])
    assert starts_listed(server, status="canceled") == [WEDNESDAY]
    assert starts_listed(server, status="confirmed") == [THURSDAY]


def bookings_of_a_service(server: Server) -> None:
    book(server, WEDNESDAY)
    server.create(service_slug="bang-trim", starts_at=THURSDAY, ends_at="2025-12-04T15:15:00Z")
    assert starts_listed(server, service="bang-trim") == [THURSDAY]


def length_of_a_page(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY)
    assert len(starts_listed(server, limit=1)) == 1


def page_after_page(server: Server) -> None:
    book(server, FRIDAY, WEDNESDAY, THURSDAY)
    page = server.list(limit=1)
    seen = starts_of(page.json)
    while isinstance(cursor := at(page, "next_cursor"), str):
        page = server.list(limit=1, cursor=cursor)
        seen += starts_of(page.json)
    assert seen == [WEDNESDAY, THURSDAY, FRIDAY]


def cursor_of_a_page(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY, FRIDAY)
    assert isinstance(at(server.list(limit=1), "next_cursor"), str)


def cursor_of_the_last_page(server: Server) -> None:
    assert at(server.list(), "next_cursor") is ABSENT


def contact_of_a_listed_booking(server: Server) -> None:
    server.create()
    assert at(server.list(), "bookings", 0, "contact") == server.example("BookingFound")["booking"]["contact"]


def longest_page(server: Server) -> None:
    assert [server.list(limit=limit).status_code for limit in (200, 201)] == [200, 400]


def cursor_of_nobody(server: Server) -> None:
    assert server.list(cursor="bm9uZQ").status_code == 400


def order_of_bookings(server: Server) -> None:
    book(server, THURSDAY, WEDNESDAY)
    assert starts_listed(server) == [WEDNESDAY, THURSDAY]


CASES = truths(
    {
        "whole-organization-id-refused": whole_organization_id,
        "from-ignored": bookings_from_before,
        "from-exclusive": bookings_from,
        "to-ignored": bookings_to,
        "to-inclusive": bookings_to,
        "status-filter-ignored": bookings_of_a_status,
        "service-filter-ignored": bookings_of_a_service,
        "page-one-longer": length_of_a_page,
        "page-too-long-cut": longest_page,
        "page-loses-first": page_after_page,
        "unknown-cursor-accepted": cursor_of_nobody,
        "last-cursor-null": cursor_of_the_last_page,
        "next-cursor-missing": cursor_of_a_page,
        "bookings-latest-first": order_of_bookings,
        "listed-without-contact": contact_of_a_listed_booking,
    }
)
IMPLIED = {
    "next-cursor-missing": {"platform.cursor"},
}

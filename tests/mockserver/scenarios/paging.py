"""What is true of pages and the cursors between them."""

from tests.mockserver.mutant_server import ABSENT, Server, at, truths
from tests.mockserver.scenarios.platform import FRIDAY, THURSDAY, WEDNESDAY, book, starts_of


def last_page_that_is_full(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY)
    assert at(server.list(limit=2), "next_cursor") is ABSENT


def page_after_an_earlier_booking(server: Server) -> None:
    book(server, THURSDAY, FRIDAY)
    cursor = at(server.list(limit=1), "next_cursor")
    book(server, WEDNESDAY)
    assert starts_of(server.list(limit=1, cursor=cursor).json) == [FRIDAY]


def page_that_is_turned_twice(server: Server) -> None:
    book(server, THURSDAY, FRIDAY)
    cursor = at(server.list(limit=1), "next_cursor")
    for _ in range(2):
        assert starts_of(server.list(limit=1, cursor=cursor).json) == [FRIDAY]


def list_without_limit(server: Server) -> None:
    book(server, WEDNESDAY, THURSDAY, FRIDAY)
    assert len(starts_of(server.list().json)) == 3


def status_after_a_cursor(server: Server) -> None:
    server.cancel(book(server, WEDNESDAY, THURSDAY, FRIDAY)[1])
    cursor = at(server.list(limit=1, status="confirmed"), "next_cursor")
    assert starts_of(server.list(limit=1, status="confirmed", cursor=cursor).json) == [FRIDAY]


CASES = truths(
    {
        "page-of-two-by-default": list_without_limit,
        "cursor-forgets-status": status_after_a_cursor,
        "full-page-promises-more": last_page_that_is_full,
        "pages-counted-off": page_after_an_earlier_booking,
        "cursor-works-once": page_that_is_turned_twice,
    }
)
IMPLIED: dict[str, set[str]] = {}

"""The calendar and a booking's page, in a browser: what a person sees who books, moves and cancels."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.booking import Customer
from tests.mockserver.dashboard.conftest import Visit, looking, require_accessible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}'
WEEK = "bookings?organization=acme-salon&of=host:host_sarah&day=2025-12-02"


@pytest.fixture
def customer(fresh: Mock) -> Customer:
    return Customer(fresh)


def block(page: Page, day: str, text: str = HOSTILE) -> Any:
    """In the column of a day, `Tue 2 Dec`."""
    page.locator(".week.placed").wait_for()
    column = next(n for n, head in enumerate(page.locator("thead th").all_inner_texts()) if head.startswith(day))
    return page.locator("tbody td.day").nth(column).locator(".block").filter(has_text=text)


def test_a_booking_is_seen_where_it_is_then_where_it_was_moved_to_then_canceled(
    fresh: Mock, customer: Customer, visit: Visit
) -> None:
    contact = {"name": HOSTILE, "email": "ada@example.com"}
    booked = customer.book(nth=25, key=HOSTILE[2:26], contact=contact, notes=HOSTILE)
    page = visit(WEEK)
    expect(block(page, "Tue 2 Dec")).to_contain_text("14:00–15:00")
    with looking(page, narrow=True):
        expect(page.locator("thead th:visible")).to_have_count(1)
        expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()
        page.get_by_role("link", name="Wed 3 Dec, 0 booked").click()
        expect(page.locator("thead th:visible")).to_contain_text("Wed 3 Dec")
        expect(page.get_by_role("link", name=HOSTILE)).to_be_hidden()
    page.get_by_role("link", name=HOSTILE).focus()
    moved = customer.move(booked)
    assert moved["start_at"] == "2025-12-06T21:00:00Z"
    expect(block(page, "Sat 6 Dec")).to_contain_text("16:00–17:00")  # by itself
    expect(block(page, "Tue 2 Dec")).to_have_count(0)

    page.get_by_role("link", name=HOSTILE).click()
    expect(page.locator(".facts")).to_contain_text(f"{HOSTILE}, ada@example.com")
    history = page.locator(".history li")
    expect(history).to_have_count(2)
    expect(history.nth(0)).to_contain_text("created to begin at 2025-12-02T19:00:00Z")
    expect(history.nth(1)).to_contain_text("moved to begin at 2025-12-06T21:00:00Z")
    stored = page.get_by_role("region", name="Idempotency key")
    expect(stored).to_contain_text(f"{HOSTILE[2:26]}, sent with the API key key_acme")
    assert page.locator("main img, main script").count() == 0
    request = history.nth(1).get_by_role("link")
    assert requests.get(f"{fresh.url}{request.get_attribute('href')}", timeout=10).text.count("reschedule") > 1

    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status").first).to_contain_text("The booking is canceled")
    expect(history.nth(2)).to_contain_text("canceled by staff")
    require_accessible(page)
    assert [b["status"] for b in fresh.control.ask("GET", "/bookings")["bookings"]] == ["canceled"]
    page.get_by_role("link", name="Calendar").click()
    expect(block(page, "Sat 6 Dec")).to_contain_text("canceled")


def test_staff_confirm_what_is_pending_and_seats_and_buffers_are_seen(
    fresh: Mock, customer: Customer, visit: Visit
) -> None:
    made = customer.book("bridal-styling", 3)
    page = visit(f"bookings/{made['id']}")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The booking is confirmed.")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    expect(page.locator(".history")).to_contain_text("some time confirmed by staff")
    fresh.control.ask("POST", f"/bookings/{made['id']}/cancel")
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("alert")).to_contain_text("canceled already")

    customer.book("styling-class", 0, party_size=2)
    customer.book("styling-class", 0, party_size=3, contact={"name": "Grace Hopper", "email": "g@example.com"})
    customer.book("color", 24, host_id="host_james")
    page = visit("bookings?organization=acme-salon&of=host:host_james&day=2025-12-01")
    shared = block(page, "Mon 1 Dec", "5 of 8 seats")
    expect(shared.get_by_role("link")).to_have_count(2)
    colored, buffer = page.locator(".block", has_text="Full Color"), page.locator("i.buffer")
    expect(colored).to_contain_text("kept clear from")
    heights = [each.evaluate("part => part.offsetHeight") for each in (shared, colored, buffer)]
    assert heights == pytest.approx([heights[0], heights[0], heights[0] * 120 / 90], rel=0.02)  # by their minutes
    require_accessible(page)


def page_of(mock: Mock, path: str) -> requests.Response:
    return requests.get(f"{mock.url}/_mock/dashboard/{path}", timeout=10)


def test_an_empty_week_says_what_to_do_and_what_is_free(fresh: Mock) -> None:
    page = page_of(fresh, "bookings?of=service:haircut&day=2025-12-08")
    assert page.status_code == 200
    for said in ("Nothing is booked in this week.", "Haircut, week of 2025-12-08", "15 free", "day=2025-12-15"):
        assert said in page.text


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("?day=yesterday", 400, "must be a date"),
        ("?day=0001-01-01", 400, "must be in the years"),
        ("?organization=nobody", 404, "no such organization"),
        ("?of=host:nobody", 404, "has no host nobody"),
        ("/book_000000000", 404, "there is no such booking (any more)"),
    ],
)
def test_what_there_is_not_is_said(mock: Mock, asked: str, status: int, said: str) -> None:
    page = page_of(mock, f"bookings{asked}")
    assert page.status_code == status
    assert said in page.text

"""The calendar and a booking's page, in a browser: what a person sees who books, moves and cancels."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.booking import Customer
from tests.mockserver.dashboard.conftest import Visit, looking, require_accessible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}'
WEEK = "bookings?organization=acme-salon&of=host:host_sarah&day=2025-12-02"


@pytest.fixture
def customer(fresh: Mock) -> Customer:
    return Customer(fresh)


def block(page: Page, day: str, text: str = "Ada Lovelace") -> Any:
    """In the column of a day, `Tue 2 Dec`."""
    page.locator(".week.placed").wait_for()
    column = next(number for number, text in enumerate(texts(page)) if text.startswith(day))
    return page.locator("tbody td.day").nth(column).locator(".block").filter(has_text=text)


def texts(page: Page) -> list[str]:
    return page.locator("thead th").all_inner_texts()


def test_a_booking_is_seen_where_it_is_then_where_it_was_moved_to_then_canceled(
    fresh: Mock, customer: Customer, visit: Visit
) -> None:
    booked = customer.book(nth=25, key="my-key")
    page = visit(WEEK)
    expect(block(page, "Tue 2 Dec")).to_contain_text("14:00–15:00")
    moved = customer.move(booked)
    assert moved["start_at"] == "2025-12-06T21:00:00Z"
    page.reload()
    expect(block(page, "Sat 6 Dec")).to_contain_text("16:00–17:00")
    expect(block(page, "Tue 2 Dec")).to_have_count(0)

    page.get_by_role("link", name="Ada Lovelace").click()
    history = page.locator(".history li")
    expect(history).to_have_count(2)
    expect(history.nth(0)).to_contain_text("created to begin at 2025-12-02T19:00:00Z")
    expect(history.nth(1)).to_contain_text("moved to begin at 2025-12-06T21:00:00Z")
    expect(page.get_by_role("region", name="Idempotency key")).to_contain_text("my-key, sent with the API key key_acme")
    history.nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("reschedule")

    page.go_back()
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status").first).to_contain_text("The booking is canceled")
    expect(history.nth(2)).to_contain_text("canceled by staff")
    assert [b["status"] for b in fresh.control.ask("GET", "/bookings")["bookings"]] == ["canceled"]
    page.get_by_role("link", name="Calendar").click()
    expect(block(page, "Sat 6 Dec")).to_contain_text("canceled")
    require_accessible(page)


def test_staff_confirm_what_is_pending(fresh: Mock, customer: Customer, visit: Visit) -> None:
    made = customer.book("bridal-styling", 3)
    page = visit(f"bookings/{made['id']}")
    require_accessible(page)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The booking is confirmed.")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    expect(page.locator(".history")).to_contain_text("some time confirmed by staff")


def test_what_somebody_else_canceled_meanwhile_is_said(fresh: Mock, customer: Customer, visit: Visit) -> None:
    made = customer.book(nth=25)
    page = visit(f"bookings/{made['id']}")
    fresh.control.ask("POST", f"/bookings/{made['id']}/cancel")
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("alert")).to_contain_text("canceled already")
    fresh.reset()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("there is no such booking (any more)")


def test_seats_that_are_shared_share_a_block_and_buffers_are_kept_clear(customer: Customer, visit: Visit) -> None:
    customer.book("styling-class", 0, party_size=2)
    customer.book("styling-class", 0, party_size=3, contact={"name": "Grace Hopper", "email": "g@example.com"})
    customer.book("color", 5)
    page = visit("bookings?organization=acme-salon&of=service:styling-class&day=2025-12-01")
    shared = block(page, "Mon 1 Dec", "5 of 8 seats")
    expect(shared.get_by_role("link")).to_have_count(2)
    expect(page.locator("thead th").first).to_contain_text("free")
    page = visit("bookings?organization=acme-salon&of=service:color&day=2025-12-01")
    colored, buffer = page.locator(".block").bounding_box(), page.locator("i.buffer").bounding_box()
    assert colored is not None
    assert buffer is not None
    assert colored["height"] / 90 == pytest.approx(buffer["height"] / 120, rel=0.02)  # pixels of a minute
    assert buffer["y"] < colored["y"]
    expect(page.locator(".block")).to_contain_text("kept clear from")


def test_one_day_at_a_time_fits_a_telephone(customer: Customer, visit: Visit) -> None:
    customer.book(nth=25)
    page = visit(WEEK)
    with looking(page, narrow=True):
        expect(page.locator("thead th:visible")).to_have_count(1)
        expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
        page.get_by_role("link", name="Wed 3 Dec, 0 booked").click()
        expect(page.locator("thead th:visible")).to_contain_text("Wed 3 Dec")
        expect(page.get_by_role("link", name="Ada Lovelace")).to_be_hidden()


def test_hostile_names_and_notes_are_text(customer: Customer, visit: Visit) -> None:
    contact = {"name": HOSTILE, "email": "ada@example.com"}
    made = customer.book(nth=25, notes=HOSTILE, contact=contact, key=HOSTILE[2:26])
    page = visit(WEEK)
    expect(page.locator(".block")).to_contain_text(HOSTILE)
    page = visit(f"bookings/{made['id']}")
    expect(page.locator(".facts")).to_contain_text(HOSTILE)
    expect(page.get_by_role("region", name="Idempotency key")).to_contain_text(HOSTILE[2:26])
    assert page.locator("main img, main script").count() == 0


def test_an_empty_week_says_what_to_do_and_the_calendar_goes_on(fresh: Mock, visit: Visit) -> None:
    page = visit(WEEK)
    expect(page.locator(".empty")).to_contain_text("Nothing is booked in this week.")
    page.get_by_role("link", name="Week after").click()
    assert texts(page)[0].startswith("Mon 8 Dec")
    page.get_by_label("Calendar of").select_option("service:haircut")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("caption")).to_contain_text("Haircut, week of 2025-12-08")
    expect(page.locator("thead th").first).to_contain_text("15 free")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("day=yesterday", "must be a date"),
        ("day=0001-01-01", "must be in the years"),
        ("organization=nobody", "no such organization"),
        ("of=host:nobody", "has no host nobody"),
    ],
)
def test_what_there_is_not_is_said(fresh: Mock, visit: Visit, asked: str, said: str) -> None:
    expect(visit(f"bookings?{asked}").get_by_role("alert")).to_contain_text(said)

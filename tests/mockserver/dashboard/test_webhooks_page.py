"""Webhooks, in a browser: one is registered, its deliveries and their attempts are seen, one is sent again."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.booking import Customer
from tests.mockserver.dashboard.conftest import Visit, require_accessible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Receiver:
    """Answers with `status`; `taken` are the ids of what came."""

    def __init__(self) -> None:
        self.status = 500
        self.taken: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append(self.headers["X-Kordless-Webhook-Id"])
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def test_a_webhook_is_registered_told_probed_and_told_again(fresh: Mock, visit: Visit, receiver: Receiver) -> None:
    page = visit("webhooks")
    expect(page.get_by_text("No webhook is registered.")).to_be_visible()
    page.get_by_label("URL").fill("http://elsewhere.example/")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("http is for receivers on this machine")
    expect(page.get_by_label("URL")).to_have_value("http://elsewhere.example/")
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("status").first).to_contain_text("is registered")
    secret = page.locator("pre").first.inner_text()
    page.get_by_role("button", name="Probe").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was ever sent to")
    page.reload()
    assert secret not in page.content()
    assert f"…{secret[-4:]}" in page.content()

    made = Customer(fresh).book(nth=25, contact={"name": HOSTILE, "email": "ada@example.com"})
    fresh.clock.advance(10)
    page = visit(f"bookings/{made['id']}")
    page.get_by_role("link", name="whk_").click()
    expect(page.locator("tr[id^=whk_]")).to_contain_text("pending")
    attempts = page.locator(".attempts li")
    expect(attempts).to_have_count(2)
    expect(attempts.first).to_contain_text("500")
    page.get_by_text("Body").last.click()
    expect(page.locator("td pre")).to_contain_text(HOSTILE.replace('"', '\\"'))
    assert page.locator("main img, main script").count() == 0
    require_accessible(page)

    # What comes is seen by itself; who reads is not disturbed.
    page.get_by_role("button", name="Resend").focus()
    fresh.clock.advance(3600)
    expect(attempts.nth(2)).to_be_visible()
    expect(page.locator("td pre")).to_be_visible()
    expect(page.get_by_role("button", name="Resend")).to_be_focused()
    seen = attempts.count()

    receiver.status = 200
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status").first).to_contain_text("was sent again and is delivered")
    expect(attempts).to_have_count(seen + 1)
    assert len(set(receiver.taken)) == 1
    page.get_by_role("button", name="Probe").click()
    expect(page.get_by_role("status").first).to_contain_text("it should refuse it")
    assert "webhooks.signature" in {found["id"] for found in fresh.advice}
    page = visit("webhooks?state=pending")
    expect(page.get_by_text("No delivery is like that.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status").first).to_contain_text("is removed")
    page = visit("webhooks")
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("alert")).to_contain_text("has been removed")

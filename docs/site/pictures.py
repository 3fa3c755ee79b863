"""Pictures of the dashboard, for the README and docs/dashboard.md, taken in Chromium.

python -m docs.site.pictures [FOLDER]       by default docs/pictures
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import requests
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from mockserver.settings import Settings
from mockserver.testing import Mock
from mockserver.testing.mocks import moment

FOLDER = Path(__file__).resolve().parents[1] / "pictures"
PAGES = {"bookings": "bookings?of=host:host_james&day=2025-12-03", "contract": "contract/createBooking"}
SCHEMES = ("light", "dark")
SIZE = ViewportSize(width=1240, height=840)
NOW = "2025-12-02T13:05:00Z"
# A service, which of its slots that are free in the week, for whom, how many.
WISHES = (
    ("color", 4, "Barbara Liskov", 1),
    ("styling-class", 1, "Ada Lovelace", 2),
    ("styling-class", 1, "Alan Turing", 3),
    ("color", 11, "Grace Hopper", 1),
    ("color", 16, "Edsger Dijkstra", 1),
    ("styling-class", 5, "Katherine Johnson", 4),
    ("color", 24, "Donald Knuth", 1),
    ("color", 29, "Frances Allen", 1),
)

CANCELED = "Frances Allen"


def names() -> Iterator[tuple[str, str, str]]:
    """Of each picture: its file, the path of its page, light or dark."""
    for page, path in PAGES.items():
        for scheme in SCHEMES:
            yield f"{page}-{scheme}.png", path, scheme


def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(seed=1, now=moment(NOW), frozen=True)
    with Mock(settings) as mock, sync_playwright() as playwright:
        populate(mock)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for file, path, scheme in names():
            picture(browser, f"{mock.url}/_mock/dashboard/{path}", scheme, folder / file)
        browser.close()


def picture(browser: Browser, url: str, scheme: str, file: Path) -> None:
    context = browser.new_context(viewport=SIZE, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(url)
    page.locator("table tbody tr").first.wait_for()
    page.screenshot(path=file, animations="disabled")
    context.close()


def populate(mock: Mock) -> None:
    """A week of a salon."""
    session = requests.Session()
    session.headers["x-kordless-key"] = mock.key
    api = f"{mock.url}/api/calendar/v1/public"
    for service, nth, name, seats in WISHES:
        asked = {"org_slug": "acme-salon", "service_slug": service}
        week = {"from": "2025-12-01T00:00:00Z", "to": "2025-12-08T00:00:00Z"}
        slots = session.get(f"{api}/availability", params={**asked, **week}, timeout=10).json()["slots"]
        slot = [each for each in slots if each["hostId"] == "host_james"][nth]
        body = {
            **asked,
            "starts_at": slot["startsAt"],
            "ends_at": slot["endsAt"],
            "host_id": "host_james",
            "timezone": "America/New_York",
            "contact": {"name": name, "email": "customer@example.com"},
            "party_size": seats,
        }
        made = session.post(f"{api}/bookings", json=body, timeout=10).json()["booking"]["confirmation_number"]
        if name == CANCELED:
            contact = {"contact": "customer@example.com"}
            requests.post(f"{api}/bookings/confirmation/{made}/cancel", params=contact, timeout=10)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

"""The pictures of the dashboard that README and docs/dashboard.md show: `python -m docs.site.pictures`, with Chromium.

A mock of the shipped dataset is used for half an hour of its own time, and its pages are photographed.
"""

from pathlib import Path

import requests
from playwright.sync_api import sync_playwright

from mockserver.settings import Settings
from mockserver.testing import Mock
from mockserver.testing.mocks import moment

FOLDER = Path(__file__).resolve().parents[1] / "images"
PICTURES = {"dashboard-traffic": ("traffic", "light"), "dashboard-limits": ("limits", "dark")}
WEEK = "from=2025-12-03T00:00:00Z&to=2025-12-10T00:00:00Z"
MINUTES = 30


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        Mock(Settings(seed=1, now=moment("2025-12-01T08:00:00Z"), frozen=True)) as mock,
        sync_playwright() as playwright,
    ):
        use(mock)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, (path, colours) in PICTURES.items():
            dark = colours == "dark"
            page = browser.new_page(
                viewport={"width": 1280, "height": 800},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
            )
            page.goto(f"{mock.url}/_mock/dashboard/{path}")
            page.locator("#traffic tbody tr, .chart canvas").first.wait_for()
            page.wait_for_timeout(1000)
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


def use(mock: Mock) -> None:
    """As a website and its back office use it, whose caching leaves something to be desired."""
    organization = mock.organizations[0]
    slug, services, keys = organization["slug"], organization["services"], organization["keys"]
    api = f"{mock.url}/api/calendar/v1"
    public, platform = ({"x-kordless-key": keys[kind]} for kind in ("public", "platform"))
    of_staff = platform | {"x-organization-id": organization["id"]}
    asked = [
        (f"/public/org/{slug}", public),
        *(
            (f"/public/availability?org_slug={slug}&service_slug={each}&{WEEK}", public)
            for each in (*services, "nails")
        ),
        ("/bookings", of_staff),
    ]
    with requests.Session() as session:
        for minute in range(MINUTES):
            for number in range(12 + minute * 37 % 83):
                path, headers = asked[(minute + number * number) % len(asked)]
                session.get(api + path, headers=headers, timeout=10)
            if minute < MINUTES - 1:
                mock.control.ask("POST", "/clock/advance", {"seconds": 60})


if __name__ == "__main__":
    main()

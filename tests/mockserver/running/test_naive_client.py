"""A client that was written against the mock alone has learnt its guesses; one written by the pages has not."""

from contextlib import closing

import pytest
import requests

from mockserver.running.experiment import Attempt, Dependency, Experiment, Findings
from mockserver.settings import Settings
from mockserver.testing import App, moment
from mockserver.wiring.readings import Reading, open_questions, readings

READINGS = 20
PLANTED = {
    "errors.400.wrong_duration",
    "errors.403.missing_organization_header",
    "errors.422.idempotency_key_reused",
    "errors.422.start_in_past",
    "errors.type.conflict",
}
SLOT = ("2025-12-03T15:00:00Z", "2025-12-03T16:00:00Z")


class Client:
    """Walks like the tutorial: looks, books, says it again, and steps on what is not allowed."""

    def __init__(self, app: App, session: requests.Session) -> None:
        self._app = app
        self._session = session
        self._base = f"{app.url}/api/calendar/v1"

    def book(self, start: str, end: str, key: str, name: str = "Sarah Johnson") -> requests.Response:
        return self._session.post(
            f"{self._base}/public/bookings",
            json={
                "org_slug": "acme-salon",
                "service_slug": "haircut",
                "host_id": "host_sarah",
                "starts_at": start,
                "ends_at": end,
                "timezone": "America/New_York",
                "contact": {"name": name, "email": "sarah@example.com", "phone": "+15551234567"},
            },
            headers={"x-kordless-key": self._app.key, "Idempotency-Key": key},
        )

    def slots(self) -> requests.Response:
        asked = {"org_slug": "acme-salon", "service_slug": "haircut"}
        span = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
        return self._session.get(
            f"{self._base}/public/availability", params={**asked, **span}, headers={"x-kordless-key": self._app.key}
        )

    def bookings_of_nobody(self) -> requests.Response:
        key = self._app.credentials.platform_key
        return self._session.get(f"{self._base}/bookings", headers={"x-kordless-key": str(key)})

    def walk(self, naive: bool) -> None:
        """Raises AssertionError."""
        assert self.slots().json()["slots"]
        booked = self.book(*SLOT, key="walk-1")
        assert booked.ok, booked.text
        number = booked.json()["booking"]["confirmation_number"]
        again = self.book(*SLOT, key="walk-1")
        assert again.json()["booking"]["confirmation_number"] == number
        other = self.book(*SLOT, key="walk-1", name="Somebody Else")
        taken = self.book(*SLOT, key="walk-2")
        past = self.book("2020-12-02T15:00:00Z", "2020-12-02T16:00:00Z", key="walk-3")
        long = self.book(SLOT[0], "2025-12-03T17:30:00Z", key="walk-4")
        nobody = self.bookings_of_nobody()
        refused = (taken, past, nobody)
        assert not any(answer.ok for answer in refused), [answer.text for answer in refused]
        if naive:
            assert other.status_code == 422, other.text
            assert taken.status_code != 409 or taken.json()["type"] == "conflict", taken.text
            assert past.status_code == 422, past.text
            assert long.status_code == 400, long.text
            assert nobody.status_code == 403, nobody.text


def tried(naive: bool) -> Findings:
    def attempt(reading: Reading) -> Attempt:
        settings = Settings(now=moment("2025-12-01T08:00:00Z"), frozen=True, reading=str(reading) or "0")
        with closing(App(settings)) as app, app.session() as session:
            try:
                Client(app, session).walk(naive)
            except AssertionError as error:
                return Attempt(1, 0.0, str(error))
        return Attempt(0, 0.0, "")

    return Experiment(attempt).run(readings(open_questions(None), READINGS))


def names(dependency: Dependency) -> list[str]:
    return list(dependency.answers)


def test_of_a_naive_client_exactly_the_assumptions_are_named_that_it_makes() -> None:
    found = tried(naive=True)
    assert [names(each) for each in found.dependencies if len(each.answers) > 1] == []
    assert sorted(name for each in found.dependencies for name in names(each)) == sorted(PLANTED)
    assert (found.flaky, found.incomplete) == ("", "")


def test_a_careful_client_passes_under_every_reading() -> None:
    found = tried(naive=False)
    assert [(reading.answers, attempt.output) for reading, attempt in found.failed] == []
    assert len(found.tried) == 1 + READINGS


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")

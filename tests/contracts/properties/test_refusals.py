"""The judge of refusals and the mock say the same: it blames what the mock refuses, and nothing that it does."""

from dataclasses import dataclass
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.harness.check import Check
from contracts.harness.slots import instant
from contracts.properties.refusals import Judge
from contracts.properties.sent import Answered, sent
from contracts.properties.session import Session
from tests.contracts.checks.in_process import CONTRACT
from tests.contracts.properties.conftest import Bench
from tests.effort import draws

NOW = 1_764_576_000  # 2025-12-01T08:00:00Z
HOUR, DAY = 3600, 86_400
JUDGED = {400, 422}


@dataclass
class Trial:
    """Sends requests to a mock and has them judged; `answered` counts the statuses."""

    check: Check
    session: Session
    answered: dict[int, int]

    @property
    def judge(self) -> Judge:
        return self.session.judge

    def ask(self, operation: str, headers: dict[str, str] | None = None, **request: Any) -> None:
        made = self.check.request(operation, headers=headers, **request)
        told = {**made.headers, **({self.judge.key_header: self.check.credentials.keys[made.key]} if made.key else {})}
        prepared = requests.Request(made.method, made.url, headers=told, data=made.content).prepare()
        answer = self.check.target._session.send(prepared)
        self.answered[answer.status_code] = self.answered.get(answer.status_code, 0) + 1
        asked = sent(CONTRACT, made.method, str(prepared.url), told, made.content)
        seen = Answered(answer.status_code, {n.lower(): v for n, v in answer.headers.items()}, answer.json())
        assert asked.operation == operation
        assert seen.date is not None
        if answer.status_code in JUDGED:
            causes = self.judge.causes(asked, seen.date)
            assert self.judge.explains(asked, answer.status_code, seen.date), (causes, answer.text)
        elif answer.ok and str(CONTRACT.idempotency.replayed_header).lower() not in seen.headers:
            assert not self.judge.causes(asked, seen.date), answer.text
        self.session.known.learn(CONTRACT, self.judge.key_header, asked, seen)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    bench = Bench(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    check = bench.check(now=NOW * 10**9, limits=False)
    session = Session(check)
    session.survey()
    session.book()
    return Trial(check, session, {})


def moments(*near: int) -> st.SearchStrategy[str]:
    """Around some moments, and anywhere; with offsets, fractions, and what no clock shows."""
    close = st.builds(
        int.__add__, st.sampled_from(near or (NOW,)), st.sampled_from([-DAY, -1, 0, 1, HOUR, DAY, 31 * DAY])
    )
    anywhere = st.integers(-62_135_596_800, 253_402_300_799)
    plain = (close | anywhere).map(instant)
    odd = ["2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-01-01T00:00:00Z"]
    shifted = plain.map(lambda text: text.replace("Z", "+05:30")) | plain.map(lambda text: text.replace("Z", ".999z"))
    return plain | shifted | st.sampled_from(odd)


QUARTERS = st.none() | st.integers(0, 8)  # of an hour that a stay takes; None: as many as the service wants
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Mars/Olympus", "00", "utc"])
EASY = settings(max_examples=draws(360), deadline=None, suppress_health_check=list(HealthCheck), database=None)


def test_a_creation_that_is_answered_again_does_not_bring_a_canceled_booking_back(trial: Trial) -> None:
    service, start, end = _stay(trial, 77, True, "", None)
    contact = {"name": "A", "email": trial.session.email}
    body = {"service_slug": service, "starts_at": start, "ends_at": end, "timezone": "UTC", "contact": contact}
    header, organization = {CONTRACT.idempotency.header: "once"}, trial.check.credentials.organization
    before = set(trial.session.known.bookings)
    trial.ask("createBooking", header, body={"org_slug": organization, **body})
    (number,) = set(trial.session.known.bookings) - before
    for _ in range(2):
        trial.ask("cancelBooking", query={"contact": trial.session.email}, confirmation_number=number)
        trial.ask("createBooking", header, body={"org_slug": organization, **body})


@EASY
@given(first=moments(), last=moments(), zone=ZONES)
@example(first=instant(NOW), last=instant(NOW + 31 * DAY), zone="UTC")
@example(first=instant(NOW), last=instant(NOW + 31 * DAY + 1), zone="UTC")
@example(first=instant(NOW), last=instant(NOW), zone="UTC")
def test_ranges(trial: Trial, first: str, last: str, zone: str) -> None:
    service = next(iter(trial.session.known.services))
    query = {"org_slug": trial.check.credentials.organization, "service_slug": service}
    trial.ask("getAvailability", query={**query, "from": first, "to": last, "timezone": zone})
    held = trial.session.known.own()[0]
    query = {"contact": str(held.contact), "from": first, "to": last, "timezone": zone}
    trial.ask("getRescheduleAvailability", query=query, confirmation_number=held.number)


@EASY
@given(which=st.integers(0, 500), exact=st.booleans(), start=moments(NOW, NOW + 60 * DAY), quarters=QUARTERS)
@example(which=0, exact=False, start=instant(NOW), quarters=4)
def test_creations(trial: Trial, which: int, exact: bool, start: str, quarters: int | None) -> None:
    service, start, end = _stay(trial, which, exact, start, quarters)
    contact = {"name": "A", "email": trial.session.email}
    body = {"service_slug": service, "starts_at": start, "ends_at": end, "timezone": "UTC", "contact": contact}
    trial.ask("createBooking", body={"org_slug": trial.check.credentials.organization, **body})


@EASY
@given(key=st.sampled_from(["a", "b", "c"]), which=st.integers(0, 3), late=st.booleans())
def test_idempotency_keys(trial: Trial, key: str, which: int, late: bool) -> None:
    service, start, end = _stay(trial, 40 * which, not late, instant(NOW - DAY), 4)
    contact = {"name": "A", "email": trial.session.email}
    body = {"service_slug": service, "starts_at": start, "ends_at": end, "timezone": "UTC", "contact": contact}
    header = {CONTRACT.idempotency.header: key}
    trial.ask("createBooking", header, body={"org_slug": trial.check.credentials.organization, **body})


@EASY
@given(which=st.integers(0, 500), exact=st.booleans(), start=moments(NOW, NOW + 60 * DAY), quarters=QUARTERS)
def test_changes(trial: Trial, which: int, exact: bool, start: str, quarters: int | None) -> None:
    own = list(trial.session.known.bookings.values())
    held = own[which % len(own)]
    _, start, end = _stay(trial, which, exact, start, quarters, held.service)
    query = {"contact": str(held.contact)}
    if which % 5:
        body = {"start_at": start, "end_at": end}
        trial.ask("rescheduleBooking", query=query, body=body, confirmation_number=held.number)
    else:
        trial.ask("cancelBooking", query=query, confirmation_number=held.number)


@EASY
@given(limit=st.integers(1, 3), cursor=st.sampled_from(["", "seen", "0", "MTIz", "no cursor"]))
def test_cursors(trial: Trial, limit: int, cursor: str) -> None:
    query: dict[str, Any] = {"limit": limit}
    seen = sorted(trial.session.known.cursors)
    if cursor and (cursor != "seen" or seen):
        query["cursor"] = seen[-1] if cursor == "seen" else cursor
    trial.ask("listBookings", query=query)


def test_what_begins_soon_cannot_be_changed_and_what_has_begun_even_less(trial: Trial) -> None:
    known = trial.session.known
    held = known.own()[0]
    before = known.services[held.service].notice
    for moment in (held.start - before - 1, held.start - before, held.start - before + 1, held.start, held.start + 1):
        trial.check.control and trial.check.control._call("PUT", "/clock", {"now": instant(moment), "frozen": True})
        query = {"contact": str(held.contact)}
        body = {"start_at": instant(held.start), "end_at": instant(held.start + known.services[held.service].duration)}
        trial.ask("rescheduleBooking", query=query, body=body, confirmation_number=held.number)
        trial.ask("lookupBooking", query=query, confirmation_number=held.number)


def test_enough_of_every_kind_was_answered(trial: Trial) -> None:
    assert {200, 201, 400, 409, 422} <= set(trial.answered)
    assert min(trial.answered[status] for status in (200, 201, 400, 422)) >= 20


def _stay(
    trial: Trial, which: int, exact: bool, start: str, quarters: int | None, service: str | None = None
) -> tuple[str, str, str]:
    """A service, a start and an end: those of a slot where it is to be `exact`."""
    services = trial.session.known.services
    slug = service or list(services)[which % len(services)]
    if exact:
        slot = services[slug].slots[which % len(services[slug].slots)]
        return slug, instant(slot.start), instant(slot.end)
    judged = trial.judge._moment(start)
    stay = services[slug].duration if quarters is None else 15 * 60 * quarters
    end = instant(judged + stay) if judged is not None and judged < 253_000_000_000 else start
    return slug, start, end


def test_a_zone_that_may_be_null_is_still_to_be_one(trial: Trial) -> None:
    body = {"start_at": instant(NOW + DAY), "end_at": instant(NOW + DAY + HOUR), "timezone": "accept-encoding"}
    made = trial.check.request("rescheduleBooking", query={"contact": "x"}, body=body, confirmation_number="BOOK_X")
    assert "invalid_field" in trial.judge.causes(
        sent(CONTRACT, made.method, made.url, dict(made.headers), made.content), NOW
    )

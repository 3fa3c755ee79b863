"""Each dataset that shows a side of scheduling shows it."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver import cli
from mockserver.datasets.loader import names
from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.wiring import described_datasets as described
from mockserver.wiring import load_dataset as load

SERVICES = {
    ("clinic", "hill-clinic"): ["checkup", "minor-surgery", "dental-cleaning", "vaccination"],
    ("yoga-class", "quiet-room"): ["yoga", "private-lesson"],
    ("dst-salon", "night-salon"): ["cut"],
    ("kolkata-studio", "kolkata-studio"): ["sitar-lesson"],
    ("night-desk", "night-desk"): ["call", "long-call"],
}


@pytest.fixture
def slots(start: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """What a fresh mock offers: `slots("clinic", "hill-clinic", "checkup", "2025-12-02", "2025-12-03")`."""

    def offered(data: str, slug: str, service: str, first: str, last: str) -> list[dict[str, Any]]:
        now = (parse_instant(f"{first[:10]}T00:00:00Z") - 86400) * SECOND
        times = {"from": first if "T" in first else f"{first}T00:00:00Z", "to": f"{last}T00:00:00Z"}
        query = {"org_slug": slug, "service_slug": service, **times}
        answer = start(data=data, now=now).get("public/availability", query_string=query)
        assert answer.status_code == 200
        return list(answer.json["slots"])

    return offered


@pytest.mark.parametrize(("data", "slug"), SERVICES)
def test_every_service_has_slots_within_a_week(
    slots: Callable[..., list[dict[str, Any]]], data: str, slug: str
) -> None:
    for service in SERVICES[data, slug]:
        assert slots(data, slug, service, "2025-12-01", "2025-12-08"), service


@pytest.mark.parametrize("data", [data for data, _ in SERVICES])
def test_it_has_a_key_of_each_sort_that_no_other_dataset_has(data: str) -> None:
    now = parse_instant("2025-12-01T08:00:00Z")
    keys = load(data, seed=None).keys
    assert [(key.record.kind, key.record.status(now)) for key in keys] == [
        ("public", "active"),
        ("platform", "active"),
        ("public", "revoked"),
        ("public", "expired"),
    ]
    others = {key.value for other in names() if other != data for key in load(other, seed=None).keys}
    assert not others & {key.value for key in keys}


@pytest.mark.parametrize("data", names())
def test_no_shipped_dataset_has_a_tier_outside_its_parent(data: str) -> None:
    assert [w for organization in load(data, seed=None).organizations.values() for w in organization.warnings()] == []


def test_the_clinic_has_a_lunch_break_mornings_and_a_holiday(slots: Callable[..., list[dict[str, Any]]]) -> None:
    tuesday = slots("clinic", "hill-clinic", "checkup", "2025-12-02", "2025-12-03")
    adams = [slot["startsAt"][11:16] for slot in tuesday if slot["hostId"] == "host_adams"]
    brown = [slot["startsAt"][11:16] for slot in tuesday if slot["hostId"] == "host_brown"]
    assert (adams[0], adams[-1]) == ("08:00", "16:30")
    assert not {"12:00", "12:30"} & set(adams)
    assert (brown[0], brown[-1]) == ("08:00", "11:30")
    assert tuesday[0]["team"] == {"id": "team_doctors", "name": "Doctors"}
    for holiday, starts in (("2025-12-24", 8), ("2025-12-25", 0), ("2025-12-26", 0)):
        day = slots("clinic", "hill-clinic", "checkup", holiday, f"2025-12-{int(holiday[-2:]) + 1}")
        assert len({slot["startsAt"] for slot in day}) == starts


def test_a_surgery_keeps_its_doctor_from_checkups_and_longer_than_it_takes(
    start: Callable[..., Any], booking_body: Callable[..., dict[str, Any]]
) -> None:
    client = start(data="clinic")
    times = {"starts_at": "2025-12-04T10:00:00Z", "ends_at": "2025-12-04T11:00:00Z"}
    body = booking_body(org_slug="hill-clinic", service_slug="minor-surgery", host_id=None, **times)
    assert client.post("public/bookings", json=body).json["booking"]["status"] == "pending"
    query = "org_slug=hill-clinic&service_slug=checkup&from=2025-12-04T09:00:00Z&to=2025-12-04T12:00:00Z"
    offered = client.get(f"public/availability?{query}").json["slots"]
    adams = [slot["startsAt"][11:16] for slot in offered if slot["hostId"] == "host_adams"]
    assert adams == ["09:00", "11:30"]


def test_the_class_counts_its_seats_down_by_the_party(
    start: Callable[..., Any], booking_body: Callable[..., dict[str, Any]]
) -> None:
    client = start(data="yoga-class")
    times = {"starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T16:00:00Z"}

    def book(seats: int, service: str = "yoga") -> int:
        body = booking_body(org_slug="quiet-room", service_slug=service, host_id=None, party_size=seats, **times)
        return int(client.post("public/bookings", json=body).status_code)

    assert [book(5), book(5), book(3), book(2), book(1)] == [201, 201, 409, 201, 409]
    assert book(1, "private-lesson") == 409, "the teacher is in class"


def test_the_salon_loses_and_gains_an_hour_of_the_night(slots: Callable[..., list[dict[str, Any]]]) -> None:
    def night(first: str, last: str) -> list[str]:
        return [slot["startsAt"][11:16] for slot in slots("dst-salon", "night-salon", "cut", first, last)]

    usual = night("2026-02-15", "2026-02-16")
    assert usual == ["03:00", "03:30", "04:00", "04:30", "05:00", "05:30", "06:00", "06:30", "07:00", "07:30", "08:00"]
    assert night("2026-03-08", "2026-03-09")[-2:] == ["06:30", "07:00"], "it closes at 08:00 UTC, an hour earlier"
    autumn = night("2026-11-01T02:00:00Z", "2026-11-02")
    assert autumn[:2] == ["02:00", "02:30"]
    assert autumn[-3:] == ["07:00", "07:30", "08:00"], "the hour that comes twice is offered once"
    assert not {"06:00", "06:30"} & set(autumn)


def test_the_first_lesson_in_kolkata_is_on_the_day_before_in_utc(
    slots: Callable[..., list[dict[str, Any]]],
) -> None:
    starts = {
        slot["startsAt"]
        for slot in slots("kolkata-studio", "kolkata-studio", "sitar-lesson", "2025-12-01", "2025-12-02")
    }
    assert "2025-12-01T23:30:00Z" in starts, "Tuesday, 05:00"
    assert all(re.search("T..:[03]0:", start) for start in starts)


def test_the_desk_takes_calls_over_midnight(slots: Callable[..., list[dict[str, Any]]]) -> None:
    calls = [slot["startsAt"] for slot in slots("night-desk", "night-desk", "call", "2025-12-01", "2025-12-04")]
    moments = [parse_instant(call) for call in calls]
    assert {b - a for a, b in pairwise(moments)} == {25 * 60}, "one grid, days on end"
    long = [slot["startsAt"] for slot in slots("night-desk", "night-desk", "long-call", "2025-12-01", "2025-12-02")]
    # 20:00 to 06:00 in Berlin.
    assert long == [f"2025-12-01T{hour:02}:00:00Z" for hour in (0, 1, 2, 19, 20, 21, 22, 23)]


def test_the_list_of_datasets_says_what_each_one_shows() -> None:
    shown = CliRunner().invoke(cli.mock, ["--data", "list"]).output
    for name, shows in described().items():
        assert shows
        assert re.search(rf"^{name} +{re.escape(shows)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_tier_outside_its_parent_is_told_on_stderr_at_start(
    dataset_with_a_mistake: str, monkeypatch: pytest.MonkeyPatch, log_format: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "no serving in this test")

    monkeypatch.setattr("mockserver.serving.launch.serve", refuse)
    result = CliRunner().invoke(cli.mock, ["--port", "0", "--data", dataset_with_a_mistake, "--log-format", log_format])
    lines = [line for line in result.stderr.splitlines() if "host_early" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Warning: small: host_early" if log_format == "text" else '{"event": "warning"')
    assert "host_early" not in result.stdout


@pytest.fixture
def dataset_with_a_mistake(tmp_path: Any) -> str:
    file = tmp_path / "mistake.yaml"
    file.write_text(
        """
        name: mistake
        organizations:
          - id: org_small
            slug: small
            name: Small
            branding: {primary_color: "#000000", company_name: Small}
            timezone: UTC
            hours: {monday: ["09:00-17:00"]}
            hosts:
              - {id: host_early, name: Early, hours: {monday: ["08:00-12:00"]}}
              - {id: host_usual, name: Usual, hours: {monday: ["09:00-12:00"]}}
            services: []
            keys: []
        """,
        encoding="utf-8",
    )
    return str(file)

"""The documented deployment without containers: three mocks on one PostgreSQL behind nginx.

`kordkit check` asks it with one seed; `make crash` with twenty (KORDKIT_SEEDS). Of the properties, which
send a thousand drawn requests, each run has the one that writes most, and `make thorough` has all.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.properties import property_rules
from contracts.spec.contract import Contract
from tests.effort import thorough
from tests.mock_process import ROOT
from tests.mockserver.deployment.mocks import Instance, running
from tests.mockserver.deployment.services import running_nginx
from tests.mockserver.deployment.studio import NOW
from tests.postgresql import Server
from tests.processes import run

SEEDS = int(os.environ.get("KORDKIT_SEEDS", "1"))
API = "/api/calendar/v1/public"
TOKEN = "a-token-of-three-mocks"
KEY = "kord_test_AcmeSalonPublic0000000000000Apub"
DRAWN = [rule.id for rule in property_rules(Contract.load(), 0) if rule.id != "properties.createBooking"]


@dataclass
class Deployment:
    url: str
    instances: list[Instance]
    target: Path

    def control(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.request(method, f"{self.url}/_mock{path}", json=body or None, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Server) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    flags = [
        "--state",
        postgresql_server.new_database(),
        "--trust-proxy",
        "1",
        "--admin-token",
        TOKEN,
        "--now",
        NOW,
        "--seed",
        "1",
    ]
    with running(folder, flags, flags, flags) as instances, running_nginx(folder, [i.port for i in instances]) as url:
        ready = json.loads((folder / f"ready-{instances[0].port}.json").read_text())
        target = folder / "target.json"
        target.write_text(json.dumps({**ready, "url": url, "control_url": f"{url}/_mock"}))
        yield Deployment(url, instances, target)


def ask(deployment: Deployment, path: str, source: str = "127.0.0.1", **headers: str) -> Any:
    host, _, port = deployment.url.removeprefix("http://").partition(":")
    connection = HTTPConnection(host, int(port), timeout=30, source_address=(source, 0))
    connection.request("GET", path, headers={"x-kordless-key": KEY, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_every_instance_is_asked(deployment: Deployment) -> None:
    for instance in deployment.instances:
        requests.delete(f"{instance.url}/_mock/requests", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    for _ in range(9):
        assert ask(deployment, f"{API}/org/acme-salon").status == 200
    for instance in deployment.instances:
        journal = requests.get(
            f"{instance.url}/_mock/requests", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
        )
        assert journal.json()["requests"], "nginx passes this one over"


def test_the_request_id_of_a_client_is_echoed(deployment: Deployment) -> None:
    assert ask(deployment, f"{API}/org/acme-salon", **{"X-Request-Id": "mine"}).headers["X-Request-Id"] == "mine"
    drawn = [ask(deployment, f"{API}/org/acme-salon").headers["X-Request-Id"] for _ in range(9)]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is nobody's")
def test_clients_are_told_apart_by_the_address_that_nginx_saw(deployment: Deployment) -> None:
    deployment.control("DELETE", "/limits")
    path = f"{API}/bookings/confirmation/BOOK_NOBODY001?contact=nobody@example.com"
    for source, times in (("127.0.0.1", 2), ("127.0.0.2", 3)):
        for _ in range(times):
            ask(deployment, path, source, **{"X-Forwarded-For": "203.0.113.9"})  # what a client claims is not believed
    counters = deployment.control("GET", "/limits")["counters"]
    used = {counter["subject"]: counter["used"] for counter in counters if counter["policy"] == "self-service"}
    assert used == {"127.0.0.1": 2, "127.0.0.2": 3}


def test_the_control_api_wants_its_token(deployment: Deployment) -> None:
    assert ask(deployment, "/_mock/state").status == 401
    assert ask(deployment, "/_mock/state", Authorization="Bearer wrong").status == 401
    assert deployment.control("GET", "/health")["status"] == "ok"


def test_urls_in_answers_are_those_that_clients_reach(deployment: Deployment) -> None:
    deployment.control("DELETE", "/limits")
    wanted: dict[str, Any] = {
        "org_slug": "acme-salon",
        "service_slug": "haircut",
        "starts_at": "2025-12-03T15:00:00Z",
        "ends_at": "2025-12-03T16:00:00Z",
        "timezone": "UTC",
        "contact": {"name": "Ada", "email": "ada@example.com"},
    }
    answer = requests.post(f"{deployment.url}{API}/bookings", json=wanted, headers={"x-kordless-key": KEY}, timeout=30)
    assert answer.status_code == 201
    ics = answer.json()["calendar_invite"]["ics_url"]
    assert ics.startswith(f"{deployment.url}/")
    assert requests.get(ics, timeout=30).text.startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_a_check_finds_nothing(deployment: Deployment, tmp_path: Path, seed: int) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KORDKIT_", "KORDLESS_"))}
    skipped = [] if thorough() else [word for name in DRAWN for word in ("--skip", name)]
    words = ["--target", str(deployment.target), "--allow-writes", "--seed", str(seed), "--fail-on", "note", *skipped]
    environment = {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}
    report_to = ("--report", "json", "--report-dir", str(tmp_path))
    done = run(tmp_path, "check", *words, *report_to, environment=environment, timeout=600)
    report = json.loads((tmp_path / "check.json").read_text())
    assert [(finding["rule"], finding["seen"]) for finding in report["findings"]] == [], done.stdout[-3000:]
    assert done.returncode == 0, done.stdout[-3000:]

"""The scenarios under plain Locust: without its web page, with it, and with workers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90.0  # seconds
FILE = "loadtests/locustfile.py"


@contextmanager
def locust(mock: Any, *flags: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KORDLESS_API_KEY": mock.organization.keys[0]}
    command = [sys.executable, "-m", "locust", "-f", FILE, "-H", mock.url, *flags]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def finished(process: subprocess.Popen[str]) -> str:
    """What it had to say, once it has ended well."""
    told, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaint
    assert "Traceback" not in complaint
    return told + complaint


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_scenario_runs_headless_and_names_its_metrics_by_operation(mock: Any) -> None:
    requests.delete(f"{mock.ready['control_url']}/requests", timeout=PATIENCE)
    with locust(mock, "--headless", "-u", "2", "-r", "2", "BookingFlow") as process:
        wait_for(mock, "operation=cancelBooking", 3, process)
        process.terminate()
        told = finished(process)
    for operation in ("getAvailability", "createBooking", "lookupBooking", "rescheduleBooking", "cancelBooking"):
        assert operation in told
    assert "/api/calendar" not in told
    assert mock.organization.keys[0] not in told


def test_all_scenarios_at_once_get_into_nobodys_way(mock: Any) -> None:
    with locust(mock, "--headless", "-u", "14", "-r", "14", "-t", "2s", "--only-summary") as process:
        told = finished(process)
    assert "createBooking" in told
    assert "status 422" not in told


def test_refusals_are_no_failures_and_stand_in_rows_of_their_own(limited_mock: Any) -> None:
    with locust(limited_mock, "--headless", "--only-summary", "-u", "1", "Browse") as process:
        wait_for(limited_mock, "status=429", 2, process)
        process.terminate()
        told = finished(process)
    rows = [line.split() for line in told.splitlines() if line.startswith("429") and "%)" in line]
    assert rows, told
    assert all(row[3].startswith("0(") for row in rows)


def wait_for(mock: Any, which: str, count: int, process: subprocess.Popen[str]) -> None:
    """By the mock's own journal. Whoever asks again has seen the answer to the request before.

    Not for so many seconds: on a busy machine they would pass before anything is sent.
    """
    found = f"{mock.ready['control_url']}/requests?{which}"
    deadline = time.monotonic() + PATIENCE
    while len(requests.get(found, timeout=PATIENCE).json()["requests"]) < count:
        assert process.poll() is None, f"it ended before {which}"
        assert time.monotonic() < deadline, f"no {which}"
        time.sleep(0.05)


def test_workers_of_plain_locust_share_a_run(mock: Any) -> None:
    port = str(free_port())
    requests.delete(f"{mock.ready['control_url']}/requests", timeout=PATIENCE)
    flags = ("--headless", "-u", "4", "-r", "4", "--processes", "2", "--master-bind-port", port)
    with locust(mock, *flags, "--master-port", port, "--only-summary", "Soak") as process:
        wait_for(mock, "operation=getAvailability", 5, process)
        process.terminate()
        assert "getAvailability" in finished(process)


def test_its_web_page_starts_and_shows_a_run(mock: Any) -> None:
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    with (
        locust(mock, "--web-host", "127.0.0.1", "--web-port", str(port), "--class-picker"),
        requests.Session() as session,
    ):
        asked(session, page, "text/html")
        chosen = {"user_count": 2, "spawn_rate": 2, "host": mock.url, "user_classes": ["Browse"]}
        assert session.post(f"{page}/swarm", data=chosen, timeout=PATIENCE).json()["success"]
        deadline = time.monotonic() + PATIENCE
        seen: set[str] = set()
        while not {"getOrganization", "getService", "getAvailability"} <= seen:
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)
            seen = {row["name"] for row in session.get(f"{page}/stats/requests", timeout=PATIENCE).json()["stats"]}
        session.get(f"{page}/stop", timeout=PATIENCE)


def asked(session: requests.Session, url: str, content: str) -> None:
    """As soon as it is there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            assert session.get(url, timeout=PATIENCE).headers["Content-Type"].startswith(content)
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the page does not come"
            time.sleep(0.05)


def test_what_keeps_a_run_from_starting_is_said(mock: Any) -> None:
    with locust(mock, "--headless", "-u", "1", "-t", "5s", "--org", "no-such-org", "Browse") as process:
        _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "getOrganization was answered with 404" in complaint

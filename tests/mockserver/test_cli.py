"""`kordkit mock` as a program: real processes, from the first line of the banner to the exit code."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.turns import assert_below

ROOT = Path(__file__).resolve().parents[2]
COMMAND = shutil.which("kordkit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") or "kordkit"
API = "/api/calendar/v1"
PUBLIC = "kord_test_AcmeSalonPublic0000000000000Apub"
GRACE = 6.0  # seconds from the signal to the end of the process: two, on a machine that is three times slower
PATIENCE = 60.0  # seconds until a test gives up
BOOKING = {
    "org_slug": "acme-salon",
    "service_slug": "styling-class",
    "starts_at": "2025-12-03T15:30:00Z",
    "ends_at": "2025-12-03T17:00:00Z",
    "timezone": "America/New_York",
    "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
    return {**kept, **more}


@dataclass
class Running:
    """A mock that has said it is ready: all it printed by then, and where its log goes."""

    process: subprocess.Popen[str]
    banner: str
    log_file: Path

    @property
    def url(self) -> str:
        found = re.search(r"http://[\d.]+:\d+", self.banner)
        assert found, self.banner
        return found[0]

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an answer; `_` in a header's name is a hyphen."""
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def log_with(self, mark: str) -> str:
        """The log once it holds a mark; it is written behind the requests' back."""
        deadline = time.monotonic() + PATIENCE
        while mark not in (text := self.log_file.read_text("utf-8")):
            assert time.monotonic() < deadline, text
            time.sleep(0.02)
        return text


@contextmanager
def running(folder: Path, *flags: str, last: str = "Ctrl-C stops it.", **variables: str) -> Iterator[Running]:
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [COMMAND, "mock", *flags], env=environment(**variables), stdout=subprocess.PIPE, stderr=log, text=True
        )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    with process:
        try:
            assert process.stdout is not None
            banner = ""
            for line in process.stdout:
                banner += line
                if last in line:
                    break
            assert last in banner, (folder / "log").read_text("utf-8")
            watchdog.cancel()
            yield Running(process, banner, folder / "log")
        finally:
            watchdog.cancel()
            process.kill()


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started as the README does, on any port, over the ready-file of a former mock."""
    folder = tmp_path_factory.mktemp("mock")
    (folder / "ready.json").write_text("former")
    (folder / "ready.json").chmod(0o644)
    flags = ["--port", "0", "--now", "2025-12-01T08:00:00Z", "--seed", "7", "--ready-file", str(folder / "ready.json")]
    with (folder / "ready.json").open() as former, running(folder, *flags) as started:
        # A rename leaves the old file to whoever has it open; writing into it would not.
        assert former.read() == "former"
        yield started


@pytest.fixture(scope="module")
def json_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started by environment variables alone."""
    variables = {"PORT": "0", "SEED": "7", "NOW": "2025-12-01T08:00:00Z", "FREEZE": "1", "LOG_FORMAT": "json"}
    with running(
        tmp_path_factory.mktemp("json"), last="}", **{f"KORDKIT_{name}": value for name, value in variables.items()}
    ) as started:
        yield started


def ready_file(mock: Running) -> Path:
    return mock.log_file.with_name("ready.json")


def test_the_banner_says_where_it_is_what_it_has_and_what_to_type(mock: Running) -> None:
    assert mock.banner.startswith("kordkit mock of the Kordless Booking API, contract 1\n")
    for line in (
        f"  URL      {mock.url}\n",
        f"  Control  {mock.url}/_mock\n",
        "  Data     acme-salon, seed 7\n",
        "  Clock    2025-12-01T08:00:00Z, running\n",
        "  Limits   fixed-window: public-general 60/60s, creation 10/60s, ",
        "Acme Salon (acme-salon, x-organization-id abc123)\n",
        f"  public    {PUBLIC}\n",
        f"  export KORDLESS_API_KEY={PUBLIC}\n",
    ):
        assert line in mock.banner
    assert "Broken" not in mock.banner
    assert not mock.url.endswith(":0")


@pytest.mark.skipif(shutil.which("bash") is None, reason="the lines are meant for a shell")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the lines call curl")
def test_the_lines_of_the_banner_can_be_pasted(mock: Running) -> None:
    lines = mock.banner.partition("Try it:\n")[2].partition("\nCtrl-C")[0]
    run = subprocess.run(
        ["bash", "-e"], input=lines.replace("curl ", "curl -s "), env=environment(), capture_output=True, text=True
    )
    assert run.stdout.count('"organization":') == 1
    assert '{"slots":[{"startsAt":"2025-12-03T14:00:00Z"' in run.stdout
    assert '"status":"confirmed","start_at":"2025-12-03T14:00:00Z"' in run.stdout


def test_the_ready_file_holds_url_and_keys_for_its_owner_alone(mock: Running) -> None:
    ready = json.loads(ready_file(mock).read_text("utf-8"))
    assert ready["url"] == mock.url
    assert ready["control_url"] == f"{mock.url}/_mock"
    assert (ready["admin_token"], ready["contract"], ready["seed"]) == (None, "1", 7)
    salon = ready["organizations"][0]
    assert (salon["slug"], salon["id"]) == ("acme-salon", "org_abc123")
    assert salon["services"][0] == "haircut"
    assert "perm" not in salon["services"]
    assert set(salon["keys"]) == {"public", "platform", "revoked", "expired"}
    assert salon["keys"]["public"] == PUBLIC
    assert stat.S_IMODE(ready_file(mock).stat().st_mode) == 0o600


def test_the_ready_file_is_put_in_place_in_one_step(mock: Running) -> None:
    # The fixture has seen that the former file was not written into.
    assert sorted(path.name for path in mock.log_file.parent.iterdir()) == ["log", "ready.json"]


def test_each_request_is_one_line_of_the_log_and_no_line_has_a_secret(mock: Running) -> None:
    secrets = [
        key for o in json.loads(ready_file(mock).read_text("utf-8"))["organizations"] for key in o["keys"].values()
    ]
    for number, key in enumerate(secrets):
        mock.ask(f"{API}/public/org/acme-salon", x_kordless_key=key)
        mock.ask(f"{API}/public/org/{key}?key={key}", x_kordless_key=key, X_Request_Id=key)
        mock.ask(f"{API}/bookings", x_kordless_key=key, x_organization_id=key, Idempotency_Key=key)
        mock.ask(
            f"{API}/public/bookings/confirmation/sarah@example.com?contact=%2B15551234567", X_Request_Id=f"n-{number}"
        )
    mock.ask(f"{API}/public/org/acme-salon", x_kordless_key=PUBLIC, X_Request_Id="the-last-one")
    log = mock.log_with("the-last-one")
    assert re.search(
        r"^2025-12-01[ T]\d\d:\d\d:\d\dZ? GET /api/calendar/v1/public/org/acme-salon -> 200 \d+\.\d+ms the-last-one$",
        log,
        re.M,
    )
    assert [secret for secret in [*secrets, "sarah@example.com", "15551234567"] if secret in log] == []
    assert "[redacted]" in log


def test_environment_variables_take_the_place_of_flags(json_mock: Running) -> None:
    assert not json_mock.url.endswith(":4020")
    assert json_mock.ask("/_mock/clock") == (200, {"now": "2025-12-01T08:00:00Z", "frozen": True})


def test_a_json_banner_is_one_line_without_keys(json_mock: Running) -> None:
    banner = json.loads(json_mock.banner)
    assert json_mock.banner.count("\n") == 1
    assert banner["event"] == "ready"
    assert banner["url"] == json_mock.url
    assert banner["seed"] == 7
    assert banner["organizations"] == ["acme-salon", "harbor-clinic"]
    assert "kord_" not in json_mock.banner


def test_a_json_log_is_one_object_for_each_request(json_mock: Running) -> None:
    json_mock.ask(f"{API}/public/org/acme-salon", x_kordless_key=PUBLIC, X_Request_Id="in-json")
    lines = [json.loads(line) for line in json_mock.log_with("in-json").splitlines()]
    line = next(line for line in lines if line["request_id"] == "in-json")
    assert line.pop("ms") > 0
    assert line == {
        "time": "2025-12-01T08:00:00Z",
        "method": "GET",
        "path": f"{API}/public/org/acme-salon",
        "operation": "getOrganization",
        "status": 200,
        "key": "key_acme_public",
        "request_id": "in-json",
    }


@pytest.mark.parametrize(("form", "last"), [("text", "Ctrl-C stops it."), ("json", "}")])
def test_the_banner_of_a_mutant_says_what_is_broken(form: str, last: str, tmp_path: Path) -> None:
    variables = {"KORDKIT_MUTANT": "revoked-key-accepted", "KORDKIT_LOG_FORMAT": form, "KORDKIT_PORT": "0"}
    with running(tmp_path, last=last, **variables) as mutant:
        broken = "A revoked key goes on working. (revoked-key-accepted, errors.401.revoked: on purpose)"
        assert f"  Broken   {broken}\n" in mutant.banner or json.loads(mutant.banner)["broken"] == broken
        revoked = "kord_test_AcmeSalonRevoked000000000000Arev"
        assert mutant.ask(f"{API}/public/org/acme-salon", x_kordless_key=revoked)[0] == 200


def test_two_runs_with_one_seed_draw_the_same_ids_and_keys(mock: Running, json_mock: Running) -> None:
    drawn = []
    for run in (mock, json_mock):
        run.ask("/_mock/reset", "POST")
        ids = [run.ask(f"{API}/public/bookings", "POST", BOOKING, x_kordless_key=PUBLIC)[1] for _ in range(3)]
        label = {"organization": "acme-salon", "kind": "public", "label": "App"}
        drawn.append([*(answer["booking"]["id"] for answer in ids), run.ask("/_mock/keys", "POST", label)[1]["key"]])
    assert drawn[0] == drawn[1]
    assert drawn[0][0] == "book_abc123xyz"
    assert len(set(drawn[0])) == 4


def test_bound_beyond_loopback_it_makes_up_a_token_and_wants_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with running(tmp_path, "--host", "0.0.0.0", "--port", "0", "--limits", "off", "--ready-file", str(ready)) as mock:
        printed = re.search(r"Authorization: Bearer (\S{20,})", mock.banner)
        assert printed
        token = printed[1]
        assert json.loads(ready.read_text())["admin_token"] == token
        assert mock.ask("/_mock/health")[0] == 401
        assert mock.ask("/_mock/health", Authorization="Bearer wrong")[0] == 401
        assert mock.ask("/_mock/health", Authorization=f"Bearer {token}")[0] == 200
        assert mock.ask(f"{API}/public/org/acme-salon", x_kordless_key=PUBLIC)[0] == 200
        assert "  Limits   off: nothing is counted, no rate-limit header is sent\n" in mock.banner
        assert token not in mock.log_file.read_text("utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_within_two_seconds(number: signal.Signals, tmp_path: Path) -> None:
    def seconds_to_end() -> float:
        with running(tmp_path, "--port", "0") as mock:
            port = int(mock.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as idle:
                idle.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert idle.recv(20).startswith(b"HTTP/1.1 200")
                before = time.monotonic()
                mock.process.send_signal(number)
                assert mock.process.wait(timeout=PATIENCE) == 0
                seconds = time.monotonic() - before
            assert mock.log_file.read_text("utf-8") == ""
            return seconds

    assert_below(GRACE, seconds_to_end)

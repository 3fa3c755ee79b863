"""What a started mock does with clients that mean no good, over real sockets and within seconds."""

import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest

from mockserver.serving import launch, requests, server
from mockserver.serving.uploads import Patience
from tests.mock_process import RunningMock, running_mock
from tests.turns import PATIENCE, assert_below, elapsed

KEY = "kord_test_AcmeSalonPublic0000000000000Apub"
BOOKINGS = "POST /api/calendar/v1/public/bookings"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--limits", "off") as started:
        yield started


@pytest.fixture(scope="module")
def patient_mock() -> Iterator[RunningMock]:
    """One that gives up no body: whoever waits for one waits for longer than any test."""
    with running_mock("--limits", "off", begin=be_patient) as started:
        yield started


def be_patient() -> None:
    endless = Patience(seconds=1000, grace=1000)
    launch.serve = partial(server.serve, patience=endless)  # type: ignore[attr-defined]
    requests.UNWANTED_PATIENCE = endless


def connect(mock: RunningMock) -> socket.socket:
    host, _, port = mock.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def head(line: str, *headers: str, host: str | None = "localhost") -> bytes:
    named = [] if host is None else [f"Host: {host}"]
    return "\r\n".join([f"{line} HTTP/1.1", *named, *headers, "", ""]).encode("latin-1")


def ask(mock: RunningMock, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and what came of the body at once."""
    with connect(mock) as client:
        client.sendall(request)
        return answer(client)


def answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    with client.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers: dict[str, str] = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        return status, headers, stream.read(int(headers.get("content-length", 0)))


@pytest.mark.parametrize("count", [4, 256])
@pytest.mark.parametrize(
    "headers",
    [[], [f"x-kordless-key: {KEY}", "Content-Type: application/json"], [f"x-kordless-key: {KEY}", CHUNKED]],
    ids=["without key", "with key", "chunked"],
)
def test_unfinished_bodies_do_not_freeze_it(patient_mock: RunningMock, headers: list[str], count: int) -> None:
    length = [] if CHUNKED in headers else ["Content-Length: 100"]
    with ExitStack() as clients:
        for _ in range(count):
            client = clients.enter_context(connect(patient_mock))
            client.sendall(head(BOOKINGS, *headers, *length) + b"5")
        assert patient_mock.control("GET", "/health")["status"] == "ok"
        assert patient_mock.control("PUT", "/clock", json={"frozen": False})["frozen"] is False


ORG = "GET /api/calendar/v1/public/org/acme-salon"


@pytest.mark.parametrize(
    ("request_head", "status", "type"),
    [
        (head(f"{ORG}?x={20_000 * 'a'}"), 414, "uri_too_long"),
        (head(f"{ORG}/{60_000 * 'a'}"), 414, "uri_too_long"),
        (head(f"GET /{60_000 * '%41'}"[:60_000]), 414, "uri_too_long"),
        (head(ORG, f"Cookie: {70_000 * 'a'}"), 431, "headers_too_large"),
        (head(ORG, *[f"X-Long-{number}: {5_000 * 'a'}" for number in range(80)]), 431, "headers_too_large"),
        (head(ORG, f"X_Hidden: {70_000 * 'a'}"), 431, "headers_too_large"),
        (head(ORG, "Cookie: " + 300_000 * "a"), 431, "headers_too_large"),
        (
            head(BOOKINGS, f"x-kordless-key: {KEY}", "Content-Type: application/json", CHUNKED) + b"zz\r\n",
            400,
            "validation_error",
        ),
        (head(BOOKINGS, CHUNKED) + b"-5\r\n", 400, "validation_error"),
    ],
    ids=["query", "path", "escaped", "cookie", "many", "underscored", "huge", "chunks", "unwanted chunks"],
)
def test_what_is_too_long_or_no_http_is_refused_as_the_api_refuses(
    mock: RunningMock, request_head: bytes, status: int, type: str
) -> None:
    mock.control("PUT", "/clock", json={"frozen": True})
    seen, headers, body = ask(mock, request_head)
    envelope = json.loads(body)
    assert (seen, envelope["status"], envelope["type"]) == (status, status, type)
    assert set(envelope) == {"detail", "status", "type"}
    assert headers["x-request-id"]
    now = datetime.fromisoformat(mock.control("GET", "/health")["now"])
    assert parsedate_to_datetime(headers["date"]) == now.replace(microsecond=0)


@pytest.mark.parametrize("path", ["//_mock/health", "///_mock", "//", "//calendar/BOOK_X.ics"])
def test_a_doubled_slash_is_another_path(mock: RunningMock, path: str) -> None:
    status, _, body = ask(mock, head(f"GET {path}"))
    assert (status, json.loads(body)["type"]) == (404, "not_found")


@pytest.mark.parametrize("target", ["http://localhost", "localhost:80"])
def test_a_target_without_a_path_is_the_root(mock: RunningMock, target: str) -> None:
    assert ask(mock, head(f"GET {target}"))[::2] == ask(mock, head("GET /"))[::2]


def test_what_is_just_short_enough_is_answered(mock: RunningMock) -> None:
    query = "x=" + (16_384 - len(ORG.partition(" ")[2]) - 2) * "a"
    key = f"x-kordless-key: {KEY}"
    assert ask(mock, head(f"{ORG}?{query}", key))[0] == 200
    assert ask(mock, head(f"{ORG}?{query}a", key))[0] == 414
    assert ask(mock, head(ORG, key, f"Cookie: {60_000 * 'a'}"))[0] == 200


def test_a_body_without_end_is_413_and_the_end_of_the_connection(mock: RunningMock) -> None:
    with connect(mock) as client:
        client.sendall(head(BOOKINGS, f"x-kordless-key: {KEY}", "Content-Type: application/json", CHUNKED))
        client.sendall(b"10001\r\n" + 0x10001 * b" " + b"\r\n")
        status, headers, body = answer(client)
    assert (status, json.loads(body)["type"], headers["connection"]) == (413, "payload_too_large", "close")


@pytest.mark.parametrize("size", [1_000_000, 10**12])
@pytest.mark.parametrize(
    ("line", "status"), [("POST /api/calendar/v1/nowhere", 404), (BOOKINGS, 401), ("PUT /_mock/nowhere", 404)]
)
def test_what_is_refused_by_path_or_key_is_not_read(mock: RunningMock, line: str, status: int, size: int) -> None:
    assert_below(3, lambda: elapsed(lambda: ask(mock, head(line, f"Content-Length: {size}"))))
    assert ask(mock, head(line, f"Content-Length: {size}"))[0] == status


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_bodies_cost_no_memory() -> None:
    with running_mock() as mock, ExitStack() as clients:
        ready_at = memory(mock)
        for line in ("POST /nowhere", "POST /api/calendar/v1/public/bookings/confirmation/B/reschedule"):
            for _ in range(5):
                client = clients.enter_context(connect(mock))
                client.sendall(head(line, CHUNKED))
                try:
                    for _ in range(100):
                        client.sendall(b"40000\r\n" + 0x40000 * b"x" + b"\r\n")
                except ConnectionError:
                    pass  # it hung up, as it should
        assert mock.control("GET", "/health")["status"] == "ok"
        assert memory(mock) - ready_at < 30_000


def memory(mock: RunningMock) -> int:
    """KiB that its process holds."""
    status = Path(f"/proc/{mock.process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.parametrize(
    "request_bytes",
    [
        head("GET /api/calendar/v1/public/org/acme-salon", host=None),
        head("GET /api/calendar/v1/public/org/acme-salon", "Host: localhost"),
        head("GET /api/calendar/v1/public/org/acme-salon", host='evil"><script>'),
        head("GET /api/calendar/v1/public/org/acme-salon", host="evil.example@localhost"),
        head("GET /calendar/book_abc123xyz.ics", host="localhost:99999"),
    ],
    ids=["none", "two", "markup", "user", "port"],
)
def test_a_host_that_is_none_is_400(mock: RunningMock, request_bytes: bytes) -> None:
    status, headers, body = ask(mock, request_bytes)
    assert (status, json.loads(body)["type"]) == (400, "validation_error")
    assert headers["x-request-id"].startswith("req_")
    assert "date" in headers


def test_http_1_0_needs_no_host(mock: RunningMock) -> None:
    assert ask(mock, b"GET /_mock/openapi.json HTTP/1.0\r\n\r\n")[0] == 403  # not local, but understood
    request = f"GET /api/calendar/v1/public/org/acme-salon HTTP/1.0\r\nx-kordless-key: {KEY}\r\n\r\n"
    assert ask(mock, request.encode())[0] == 200


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/calendar/v1/public/org/acme-salon%2Fservice%2Fhaircut",
        "GET /api/calendar/v1/public/org/acme-salon%2fservice%2fhaircut",
        "POST /api/calendar/v1/public/bookings/confirmation/BOOK_X%2Fcancel?contact=a@b.co",
    ],
)
def test_an_encoded_slash_parts_no_segments(mock: RunningMock, line: str) -> None:
    method = line.partition(" ")[0]
    status, _, body = ask(mock, head(line, f"x-kordless-key: {KEY}"))
    assert status == (404 if method == "GET" else 405), body


def test_a_header_without_a_value_is_sent_all_the_same(mock: RunningMock) -> None:
    body = json.dumps({"org_slug": "acme-salon"})
    fields = (f"x-kordless-key: {KEY}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    request = head("POST /api/calendar/v1/public/bookings", *fields, "Idempotency-Key:") + body.encode()
    status, _, answer = ask(mock, request)
    assert (status, "Idempotency-Key" in json.loads(answer)["detail"]) == (400, True)


def test_a_header_with_underscores_is_not_the_one_with_dashes(mock: RunningMock) -> None:
    assert ask(mock, head("GET /api/calendar/v1/public/org/acme-salon", f"x_kordless_key: {KEY}"))[0] == 401


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of other systems differ")
def test_few_open_files_are_no_reason_to_fail() -> None:
    """As many connections as there may be open files: some wait, and those that are open are answered."""
    program = Path(__file__).parents[3] / "kordkit.py"
    limited = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)); "
    limited += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    process = subprocess.Popen(
        [sys.executable, "-c", limited, str(program), "mock", "--port", "0", "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process, ExitStack() as clients:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            host, _, port = url.removeprefix("http://").partition(":")
            opened = [
                clients.enter_context(socket.create_connection((host, int(port)), timeout=20)) for _ in range(128)
            ]
            opened[0].sendall(head("GET /_mock/health"))
            assert answer(opened[0])[0] == 200
            before = cpu(process.pid)
            time.sleep(0.5)
            assert cpu(process.pid) - before < 0.25
        finally:
            process.kill()


def cpu(process: int) -> float:
    """Seconds that it has been at work."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_this_test_has_enough_open_files() -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 300

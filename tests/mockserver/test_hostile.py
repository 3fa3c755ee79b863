"""Twenty thousand requests that no client should send: none of them a 5xx, none of them without an end.

Most go to the application as environs, through either door; three thousand are bytes on sockets to a real process. All
are drawn from one seed: a failure shows its number, and the same number is the same request in every run.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build
from tests.mockserver.hostile_requests import CONTROL, KEY, PATHS, Chance, request_bytes
from tests.turns import assert_below, elapsed

SEED = 20251201
API = "/api/calendar/v1"
PATIENCE = 30.0  # seconds until a request counts as hanging
QUIET = 0.2  # seconds without a byte after which a server seems to wait for more


def built(*, limits: bool, direct: bool) -> Built:
    now = parse_instant("2025-12-01T08:00:00Z") * SECOND
    return build(Settings(now=now, frozen=True, seed=7, limits=limits, direct=direct, trusted_proxies=1, journal=100))


def answer_of(app: Any, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    started: list[tuple[int, list[tuple[str, str]]]] = []
    chunks = app.wsgi_app(environ, lambda status, headers, *_: started.append((int(status[:3]), headers)))
    body = b"".join(chunks)
    return started[0][0], started[0][1], body


@pytest.mark.parametrize(
    ("limits", "direct", "paths", "count"),
    [
        (False, True, PATHS, 12_000),
        (True, True, PATHS, 2_000),
        (False, False, PATHS, 1_500),
        (False, True, CONTROL, 1_500),
    ],
    ids=["direct", "limits", "flask", "control"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_environ_gives_a_5xx(limits: bool, direct: bool, paths: list[str], count: int) -> None:
    app = built(limits=limits, direct=direct).app
    statuses = set()
    for number in range(count):
        environ = Chance(SEED + number).environ(paths)
        status, headers, body = answer_of(app, environ)
        assert status < 500, f"request {number}: {environ}\n{body!r}"
        assert all(re.fullmatch(r"[!-~][ -~\x80-\xff]*|", text) for pair in headers for text in pair), (number, headers)
        if environ["PATH_INFO"].startswith("/api/") and status >= 400 and environ["REQUEST_METHOD"] != "HEAD":
            assert json.loads(body)["status"] == status, number
        statuses.add(status)
    assert {200, 404} < statuses, "too hostile to get anywhere"
    if paths is PATHS:
        assert {200, 204, 400, 401, 403, 404, 405, 413, 415} <= statuses
        assert (429 in statuses) is limits


# --- bytes on sockets


def trouble_with(port: int, number: int) -> str | None:
    """What was wrong with the answer to one request, None: nothing."""
    sent, stays = request_bytes(Chance(SEED + number))
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(sent)
            if not stays:
                return None
            client.settimeout(QUIET)
            try:
                received = received_by(client)
            except TimeoutError:
                # What was sent may want a continuation. Told that there is none, the server must come to an end.
                client.settimeout(PATIENCE)
                client.shutdown(socket.SHUT_WR)
                received = received_by(client)
    except TimeoutError:
        return f"request {number} hangs: {sent[:300]!r}"
    except OSError:
        pass  # the server hung up while we were still sending, which is its right
    server_errors = re.findall(rb"HTTP/1\.[01] 5\d\d", received)
    return f"request {number} gives {server_errors}: {sent[:300]!r}" if server_errors else None


def received_by(client: socket.socket) -> bytes:
    """All until the server hangs up. Raises TimeoutError."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def ask(port: int, target: str, status: bytes = b"") -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert received_by(client).startswith(b"HTTP/1.1 " + status), target[:100]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A mock of its own, and its port."""
    command = shutil.which("kordkit", path=str(Path(sys.executable).parent)) or "kordkit"
    flags = ["--port", "0", "--limits", "off", "--log-format", "json", "--seed", "7", "--now", "2025-12-01T08:00:00Z"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([command, "mock", *flags], stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        watchdog = threading.Timer(10 * PATIENCE, process.kill)
        watchdog.start()
        assert process.stdout is not None
        yield process, int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
        watchdog.cancel()
        process.kill()


def test_no_bytes_on_a_socket_give_a_5xx_or_hang(process: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    mock, port = process
    with ThreadPoolExecutor(32) as senders:
        wrong = [trouble for trouble in senders.map(lambda n: trouble_with(port, n), range(3_000)) if trouble]
    assert wrong == []
    ask(port, "/_mock/health", status=b"200")
    mock.terminate()
    assert mock.wait(timeout=PATIENCE) == 0
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_a_long_path_keeps_nobody_waiting(process: tuple[subprocess.Popen[str], int]) -> None:
    _, port = process
    for filler in ("a", "a.", "+1", "%2B1", "@", "kord_a_", "[", "%40"):
        for target in (f"/api/{filler * 60_000}"[:60_000], "/_mock/health", "/_mock/health"):
            assert_below(1, partial(elapsed, partial(ask, port, target)))  # masking secrets might take quadratic time
            time.sleep(0.06)  # until the log's thread has taken the line


def test_the_journal_of_long_requests_is_read_at_once() -> None:
    app = built(limits=False, direct=True).app
    for filler in ("a", "a.", "+1", "@", "kord_a_"):
        for _ in range(20):
            environ = Chance(SEED).environ(PATHS[3:4])
            body = (filler * 8192)[:8192].encode()
            environ |= {"REQUEST_METHOD": "POST", "PATH_INFO": PATHS[3], "HTTP_X_KORDLESS_KEY": KEY}
            environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
            assert answer_of(app, environ)[0] in (400, 415)
    environ = Chance(SEED).environ(CONTROL)
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": "/_mock/requests", "QUERY_STRING": "", "HTTP_HOST": "localhost"}
    for name in ("HTTP_ORIGIN", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"):
        environ.pop(name, None)
    before = time.process_time()
    status, _, body = answer_of(app, environ)
    assert (status, body.count(b'"request_id"')) == (200, 100)
    assert time.process_time() - before < 5  # quadratic time would be minutes


@pytest.mark.parametrize("algorithm", ["fixed-window", "sliding-window", "token-bucket"])
def test_a_whole_number_with_a_point_is_a_whole_number(algorithm: str) -> None:
    """JSON Schema takes 5.0 for an integer, so the counters get to see it."""
    app, answer = built(limits=True, direct=True).app, b""
    for path, body in (
        ("/_mock/limits", json.dumps({"algorithm": algorithm}).encode()),
        ("/_mock/limits/public-general/key_acme_public", b'{"remaining": 5.0}'),
    ):
        environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "localhost"}
        environ |= {"CONTENT_LENGTH": str(len(body)), "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        status, _, answer = answer_of(app, environ | {"wsgi.input": BytesIO(body), "wsgi.url_scheme": "http"})
        assert status == 200, answer
    assert b'"used":55,"remaining":5,' in answer

"""What the proxy writes tells nobody's key, and nobody's name."""

import base64
import json
import stat
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from contracts.comparing.proxy import har
from contracts.comparing.proxy.exchanges import Exchange, Message
from contracts.comparing.proxy.masking import Mask
from tests.mock_process import ROOT, get_ready, running_mock
from tests.processes import Command
from tests.scripted_server import plain, scripted
from tests.turns import PATIENCE

KEY = "kord_live_abcDEF123456+/=x"
ODD = 'a"b\\c d/é-of-another-form'
IDEMPOTENCY = "Idempotency-Key"


def message(body: bytes = b"", *lines: tuple[str, str]) -> Message:
    made = Message(lines)
    made.add(body)
    made.ended = True
    return made


def recorded(*exchanges: Exchange, secrets: frozenset[str] = frozenset()) -> dict[str, Any]:
    mask = Mask(frozenset({IDEMPOTENCY}), set(secrets))
    return dict(har.document(exchanges, "http://server", mask, "1"))


def exchange(target: str, request: Message, answer: Message) -> Exchange:
    return Exchange("POST", target, request, 1.0, 1.0, status=200, answer=answer)


@pytest.mark.parametrize("key", [KEY, ODD])
def test_a_key_is_found_wherever_and_however_it_is_written(key: str) -> None:
    places = [key, quote(key), quote(key, safe=""), json.dumps(key)[1:-1], f"Bearer {key}"]
    told = json.dumps({"echo": key, key: [key], "nested": {"x": f"in the midst {key} of it"}}).encode()
    lines = [("x-kordless-key", key), ("X-Echo", places[1]), ("Authorization", places[-1])]
    later = [exchange(f"/a/{quote(key, safe='')}?k={quote(key)}&{quote(key)}=1", message(told), message(told))]
    first = exchange("/b", message(" ".join(places).encode()), message(b"\xff" + key.encode()))  # before it is known
    document = json.dumps(recorded(first, *later, exchange("/c", message(b"", *lines), message(b"", *lines))))
    for form in {*places, *(json.dumps(place)[1:-1] for place in places)}:
        assert form not in document
    assert base64.b64encode(key.encode()).decode() not in document


@pytest.mark.parametrize("name", ["Cookie", "Set-Cookie", "Proxy-Authorization", "X-Api-Key", "X-Session-Token"])
def test_what_is_named_like_a_secret_is_one_wherever_else_it_stands(name: str) -> None:
    one = exchange("/x?t=s3cr3t-value", message(b"s3cr3t-value", (name, "s3cr3t-value")), message(b"not s3cr3t-value"))
    assert "s3cr3t-value" not in json.dumps(recorded(one))


def test_idempotency_keys_are_none() -> None:
    document = recorded(exchange("/x", message(b"", (IDEMPOTENCY, "order-1234")), message()))
    assert document["log"]["entries"][0]["request"]["headers"] == [{"name": IDEMPOTENCY, "value": "order-1234"}]


def test_people_become_somebody_made_up_the_same_each_time() -> None:
    body = json.dumps({"contact": {"name": "Ada Byron", "email": "ada@corp.test", "phone": "+4930123456"}}).encode()
    entries = recorded(
        exchange("/x", message(body), message(body)), exchange("/y?contact=Ada%40corp.test", message(), message())
    )["log"]["entries"]
    made_up = {"contact": {"name": "Contact 1", "email": "contact-1@example.com", "phone": "+15550100001"}}
    assert json.loads(entries[0]["request"]["postData"]["text"]) == made_up
    assert json.loads(entries[0]["response"]["content"]["text"]) == made_up
    assert entries[1]["request"]["url"] == "http://server/y?contact=contact-1%40example.com"


def started(folder: Path, url: str, *flags: str) -> Command:
    words = ("proxy", "--target-url", url, "--ready-file", "ready.json", "--report-dir", "out", *flags)
    return Command(folder, *words, environment={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})


def test_a_mock_behind_it_answers_as_without_it_and_nothing_secret_is_written(tmp_path: Path) -> None:
    """SIGTERM ends it with 0, although the client made mistakes."""
    with running_mock("--freeze") as mock:
        command = started(tmp_path, mock.url)
        url, key = get_ready(command, tmp_path / "ready.json")["url"], mock.keys()["public"]
        asked = [
            ("GET", "/api/calendar/v1/public/org/acme-salon", {"x-kordless-key": key}),
            ("HEAD", "/api/calendar/v1/public/org/acme-salon", {"x-kordless-key": key}),
            ("GET", "/api/calendar/v1/public/org/acme-salon", {}),
            ("GET", f"/api/calendar/v1/public/org/{key}", {"x-kordless-key": key}),
            ("OPTIONS", "/api/calendar/v1/bookings", {}),
            ("PATCH", "/api/calendar/v1/bookings", {}),
            ("GET", "/_mock/openapi.json", {}),
        ]
        for method, path, headers in asked:
            got = []
            for server in (mock.url, url):
                mock.control("DELETE", "/limits")
                sent = {**headers, "Host": "api.example.com", "X-Request-Id": "r1"}
                answer = requests.request(method, server + path, headers=sent, timeout=PATIENCE)
                got.append((answer.status_code, answer.reason, list(answer.raw.headers.items()), answer.content))
            assert got[0] == got[1]
        command.send_signal(15)
        out, errors = command.communicate(60)
    assert (command.returncode, errors) == (0, "")
    assert not (tmp_path / "ready.json").exists()
    report = json.loads((tmp_path / "out" / "proxy.json").read_text("utf-8"))
    assert report["summary"]["server"] == {"failure": 0, "warning": 0, "note": 0}
    assert {each["party"] for each in report["violations"]} == {"client"}
    assert (report["exchanges"], report["unjudged"], report["exit_code"]) == (len(asked), 1, 0)
    text = ""
    for file in ("proxy.json", "proxy.har"):
        text = (tmp_path / "out" / file).read_text("utf-8")
        assert key not in text + out
        assert stat.S_IMODE((tmp_path / "out" / file).stat().st_mode) == 0o600
    entries = json.loads(text)["log"]["entries"]
    assert [entry["request"]["method"] for entry in entries] == [method for method, _, _ in asked]


@pytest.mark.parametrize(
    ("body", "flags", "code"),
    [
        (b'{"detail": "no"}', (), 1),
        (b'{"detail": "Invalid or missing API key", "status": 401, "type": "authentication_error"}', (), 0),
        (
            b'{"detail": "Invalid or missing API key", "status": 401, "type": "authentication_error"}',
            ("--fail-on", "note"),  # no X-Request-Id, which is assumed
            1,
        ),
    ],
)
def test_it_ends_with_1_where_the_server_broke_the_contract(
    body: bytes, flags: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    with scripted(lambda _: plain(body, "Content-Type: application/json\r\n", "401 No")) as server:
        command = started(tmp_path, server, *flags)
        url = get_ready(command, tmp_path / "ready.json")["url"]
        requests.get(f"{url}/api/calendar/v1/public/org/acme-salon", timeout=PATIENCE)
        command.send_signal(2)
        command.communicate(60)
    assert command.returncode == code


def test_flags_that_are_wrong_end_it_with_2(tmp_path: Path) -> None:
    for url in ("ftp://x", "http://127.0.0.1:1/a/path"):
        command = started(tmp_path, url)
        _, errors = command.communicate(60)
        assert (command.returncode, "Error" in errors) == (2, True)


def test_a_slow_end_is_not_waited_for(tmp_path: Path) -> None:
    """A connection that is kept open, and idle, does not keep it from ending."""
    with scripted(lambda _: plain(b"")) as server:
        command = started(tmp_path, server)
        url = get_ready(command, tmp_path / "ready.json")["url"]
        with requests.Session() as session:
            session.get(url, timeout=PATIENCE)
            began = time.monotonic()
            command.send_signal(15)
            command.communicate(60)
    assert command.returncode == 0
    assert time.monotonic() - began < 15

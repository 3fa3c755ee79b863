"""`kordkit listen`: what is seen of a delivery, how it is answered, and how it begins and ends."""

import io
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from click.testing import CliRunner
from rich.console import Console

from contracts.delivery import Delivery, Reply
from contracts.listening.cli import listen
from contracts.listening.listener import Answering, Listener, Seen
from contracts.listening.telling import JsonLines, Lines
from contracts.spec.contract import Contract
from contracts.spec.webhooks import Webhooks
from contracts.target.receiver import Receiver
from tests import processes
from tests.mock_process import RunningMock, running_mock
from tests.turns import PATIENCE, wait_until

SECRET = "whsec_a"
TAKEN, FAILED = Reply(200), Reply(500)


@pytest.fixture
def webhooks(contract: Contract) -> Webhooks:
    found = contract.webhooks
    assert found is not None
    return found


@pytest.fixture
def payload(contract: Contract) -> dict[str, Any]:
    shown: dict[str, Any] = contract.document["components"]["examples"]["WebhookEvent"]["value"]
    return shown


def delivery(webhooks: Webhooks, payload: object, identity: str = "whk_1", secret: str = SECRET) -> Delivery:
    body = orjson.dumps(payload)
    signature = webhooks.signature.sign(secret, timestamp="1764576000", delivery_id=identity, body=body)
    values = {"signature": signature, "timestamp": "1764576000", "delivery_id": identity}
    headers = {name.lower(): values[role] for role, name in webhooks.headers.items()}
    return Delivery("POST", "/", headers, body, 1764576001.5)


def listener(webhooks: Webhooks, seen: list[Seen], secret: str | None = SECRET, **answering: Any) -> Listener:
    return Listener(webhooks, Answering(**{"success": 200, "status": 200, **answering}), seen.append, secret)


def test_a_sound_delivery_is_taken(webhooks: Webhooks, payload: dict[str, Any]) -> None:
    seen: list[Seen] = []
    assert listener(webhooks, seen).take(delivery(webhooks, payload)) == TAKEN
    assert (seen[0].id, seen[0].attempt, seen[0].duplicate) == ("whk_1", 1, False)
    assert (seen[0].signature, seen[0].problems) == ("verified", ())


def test_a_signature_of_another_secret_is_wrong_and_without_a_secret_none_is_checked(
    webhooks: Webhooks, payload: dict[str, Any]
) -> None:
    seen: list[Seen] = []
    listener(webhooks, seen).take(delivery(webhooks, payload, secret="whsec_b"))
    listener(webhooks, seen, secret=None).take(delivery(webhooks, payload))
    assert [one.signature for one in seen] == ["wrong", "not checked"]


def test_the_first_of_each_id_are_failed_and_what_was_taken_is_a_duplicate_then(
    webhooks: Webhooks, payload: dict[str, Any]
) -> None:
    seen: list[Seen] = []
    taking = listener(webhooks, seen, status=500, failing=2)
    first = [taking.take(delivery(webhooks, payload)) for _ in range(4)]
    assert first == [FAILED, FAILED, TAKEN, TAKEN]
    assert [(one.attempt, one.duplicate) for one in seen] == [(1, False), (2, False), (3, False), (4, True)]
    assert taking.take(delivery(webhooks, payload, "whk_2")) == FAILED
    assert (taking.count, taking.duplicates, taking.wrong) == (5, 1, 0)


def test_who_hangs_too_long_has_not_taken_it(webhooks: Webhooks, payload: dict[str, Any]) -> None:
    seen: list[Seen] = []
    taking = listener(webhooks, seen, hang=webhooks.timeout_seconds + 1, failing=1)
    assert [taking.take(delivery(webhooks, payload)).after for _ in range(2)] == [31, 0]
    assert [one.duplicate for one in seen] == [False, False]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"event": "booking.canceled"}, "has the event 'booking.canceled', which the contract does not have"),
        ({"webhookId": "abc"}, "has webhookId that breaks the contract's pattern ^whk_"),
        ({"data": {}}, "lacks data.booking"),
    ],
)
def test_what_is_wrong_with_a_payload_is_told(
    webhooks: Webhooks, payload: dict[str, Any], change: dict[str, Any], problem: str
) -> None:
    seen: list[Seen] = []
    listener(webhooks, seen).take(delivery(webhooks, {**payload, **change}))
    assert seen[0].problems == (problem,)


def test_what_is_no_delivery_at_all_is_told_too(webhooks: Webhooks) -> None:
    seen: list[Seen] = []
    listener(webhooks, seen).take(Delivery("POST", "/", {webhooks.headers["timestamp"].lower(): "now"}, b"{", 0.0))
    assert seen[0].signature == "wrong"
    assert seen[0].problems == (
        "has no header X-Kordless-Signature",
        "has the header X-Kordless-Timestamp: now",
        "has no header X-Kordless-Webhook-Id",
        "has a body that is not JSON",
    )


def printed(webhooks: Webhooks, payload: dict[str, Any], telling: type[Any], show_contact: bool = False) -> str:
    out = io.StringIO()
    told = telling(Console(file=out, width=40), show_contact)
    taking = Listener(webhooks, Answering(200, 200), told.delivery, SECRET)
    taking.take(delivery(webhooks, payload))
    told.ended(taking)
    return out.getvalue()


def test_a_line_says_event_booking_id_and_signature_and_hides_who_booked(
    webhooks: Webhooks, payload: dict[str, Any]
) -> None:
    assert printed(webhooks, payload, Lines).splitlines() == [
        "08:00:01  booking.created  BOOK_ABC123XYZ confirmed 2025-12-03T15:00:00Z  whk_1  attempt 1"
        "  signature verified  → 200",
        "Deliveries: 1, duplicates: 0, wrong signatures: 0",
    ]
    assert "sarah@example.com" in printed(webhooks, payload, Lines, show_contact=True)


def test_an_object_a_line_is_for_programs(webhooks: Webhooks, payload: dict[str, Any]) -> None:
    first, last = map(json.loads, printed(webhooks, payload, JsonLines).splitlines())
    assert (first["kind"], first["signature"], first["status"]) == ("delivery", "verified", 200)
    assert first["at"] == "2025-12-01T08:00:01.500Z"
    assert first["body"]["data"]["booking"].pop("contact") == "[redacted]"
    assert first["body"]["data"]["booking"]["serviceId"] == "srv_haircut"
    assert last == {"kind": "ended", "deliveries": 1, "duplicates": 0, "wrong": 0}
    assert "sarah@example.com" in printed(webhooks, payload, JsonLines, show_contact=True)


def test_no_word_of_a_sender_steers_the_terminal(webhooks: Webhooks, payload: dict[str, Any]) -> None:
    text = printed(webhooks, {**payload, "event": "\x1b[31m[bold]red"}, Lines)
    assert "\x1b" not in text
    assert "[bold]red" in text


@pytest.fixture
def received() -> list[Delivery]:
    return []


@pytest.fixture
def receiver(received: list[Delivery]) -> Iterator[Receiver]:
    def take(one: Delivery) -> Reply:
        received.append(one)
        return Reply(202, 30.0 if one.path == "/late" else 0.0)

    with Receiver(take) as listening:
        yield listening


def test_a_receiver_hands_over_what_came(receiver: Receiver, received: list[Delivery]) -> None:
    answer = requests.post(f"{receiver.url}/a?b=c", data=b'{"x":1}', headers={"X-Some": "1"}, timeout=PATIENCE)
    assert answer.status_code == 202
    assert (received[0].path, received[0].body, received[0].header("x-SOME")) == ("/a?b=c", b'{"x":1}', "1")
    assert abs(received[0].at - time.time()) < 60


def connected(receiver: Receiver, head: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", int(receiver.url.rpartition(":")[2])), timeout=PATIENCE)
    made.sendall(f"{head}\r\n\r\n".encode())
    return made


@pytest.mark.parametrize(
    ("length", "status"), [("Transfer-Encoding: chunked", b"411"), ("Content-Length: 9999999999", b"413")]
)
def test_a_receiver_takes_no_body_that_has_no_end_or_is_too_large(
    length: str, status: bytes, receiver: Receiver, received: list[Delivery]
) -> None:
    with connected(receiver, f"POST / HTTP/1.1\r\nHost: x\r\n{length}") as waiting:
        assert waiting.recv(100).startswith(b"HTTP/1.1 " + status)
    assert received == []


def test_who_waits_for_an_answer_when_the_receiver_ends_gets_none(receiver: Receiver, received: list[Delivery]) -> None:
    with connected(receiver, "POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 0") as waiting:
        wait_until(lambda: received)
        receiver.close()
        assert waiting.recv(100) == b""


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KORD")}


def test_it_is_ready_when_its_file_is_there_and_ends_well_when_it_is_told_to(
    tmp_path: Path, environment: dict[str, str], webhooks: Webhooks, payload: dict[str, Any]
) -> None:
    words = ("listen", "--json", "--secret", SECRET, "--status", "503", "--ready-file", "ready.json")
    command = processes.Command(tmp_path, *words, environment=environment)
    try:
        wait_until((tmp_path / "ready.json").exists)
        url = json.loads((tmp_path / "ready.json").read_text())["url"]
        assert url.startswith("http://127.0.0.1:")
        sent = delivery(webhooks, payload)
        answer = requests.post(url, data=sent.body, headers=dict(sent.headers), timeout=PATIENCE)
        assert answer.status_code == 503
        command.send_signal(signal.SIGTERM)
        out, err = command.communicate(timeout=PATIENCE)
    finally:
        command.kill()
    assert (command.returncode, err) == (0, "")
    kinds = [json.loads(line) for line in out.splitlines()]
    assert [one["kind"] for one in kinds] == ["listening", "delivery", "ended"]
    assert kinds[1]["signature"] == "verified"
    assert not (tmp_path / "ready.json").exists()


def test_it_is_registered_with_a_mock_while_it_listens(tmp_path: Path, environment: dict[str, str]) -> None:
    with running_mock("--now", "2025-12-01T08:00:00Z") as mock:
        words = ("--control", mock.ready["control_url"], "--organization", "acme-salon", "--events", "booking.created")
        command = processes.Command(
            tmp_path, "listen", "--ready-file", "ready.json", "--fail-first", "1", *words, environment=environment
        )
        try:
            wait_until((tmp_path / "ready.json").exists)
            [webhook] = mock.control("GET", "/webhooks")["webhooks"]
            assert webhook["events"] == ["booking.created"]
            book(mock)
            wait_until(lambda: mock.control("GET", "/deliveries")["deliveries"][0]["attempts"])
            mock.control("POST", "/clock/advance", json={"seconds": 11})
            command.send_signal(signal.SIGTERM)
            out, err = command.communicate(timeout=PATIENCE)
        finally:
            command.kill()
        assert mock.control("GET", "/webhooks")["webhooks"] == []
    assert (command.returncode, err) == (0, "")
    assert f"Registered as {webhook['id']}" in out
    first, second = [line for line in out.splitlines() if "booking.created" in line]
    assert "attempt 1  signature verified  → 500" in first
    assert "attempt 2  signature verified  → 200" in second


def book(mock: RunningMock) -> None:
    body: dict[str, Any] = {
        "org_slug": "acme-salon",
        "service_slug": "haircut",
        "starts_at": "2025-12-03T15:00:00Z",
        "ends_at": "2025-12-03T16:00:00Z",
        "timezone": "UTC",
        "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
    }
    headers = {"x-kordless-key": mock.keys()["public"]}
    requests.post(
        f"{mock.url}/api/calendar/v1/public/bookings", json=body, headers=headers, timeout=PATIENCE
    ).raise_for_status()


def test_a_mistake_is_one_sentence(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for words, sentence in (
            (["--port", port], f"port {port} on 127.0.0.1 is taken; choose another with --port, or 0 for any"),
            (["--events", "booking.made"], "--events: booking.made is none of booking.created, booking.updated"),
            (["--control", "http://127.0.0.1:1/_mock"], "--control URL and --organization SLUG go together"),
            (["--secret", ""], "must not be empty"),
            (["--ready-file", str(tmp_path / "no" / "file")], "cannot be written: No such file or directory"),
            (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1, port 0: "),
        ):
            result = CliRunner().invoke(listen, words)
            assert result.exit_code == 2, words
            assert sentence in result.output

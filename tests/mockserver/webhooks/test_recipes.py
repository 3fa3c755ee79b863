"""The receivers of docs/receivers take what the mock sends, once, and nothing that is signed otherwise."""

import importlib.util
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from mockserver.adapters.sending import HttpSender
from mockserver.domain.instants import parse_instant
from mockserver.ports import Post
from tests.mockserver.conftest import Client, shipped
from tests.mockserver.webhooks.conftest import Receiver

DOCS = Path(__file__).parents[3] / "docs"
RECEIVERS = DOCS / "receivers"
SECRET = "whsec_made_up_for_a_test"
PATIENCE = 20  # seconds


@pytest.fixture
def post(
    told: Callable[..., Client], registered: Callable[..., dict[str, Any]], book: Callable[..., dict[str, Any]]
) -> Post:
    """What a mock has sent."""
    receiver = Receiver()
    client = told(receiver)
    registered(client, secret=SECRET)
    book(client)
    client.advance(0)
    return receiver.posts[0]


def judged(post: Post, port: int) -> list[int | None]:
    """Statuses: for what was sent, for the same once more, with another body, and with another signature."""
    there = post._replace(url=f"http://127.0.0.1:{port}/hook")
    forged = {name: value[:-1] + "x" if "Signature" in name else value for name, value in post.headers.items()}
    others = (there, there, there._replace(body=post.body + b" "), there._replace(headers=forged))
    return [HttpSender().send(one, PATIENCE).status for one in others]


def recipe(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("SECRET", SECRET)
    spec = importlib.util.spec_from_file_location("recipe", RECEIVERS / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TAKEN = "booking.created BOOK_ABC123XYZ\n"


@contextmanager
def served(server: Any) -> Iterator[int]:
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


def test_plain_python(post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plain = recipe("plain.py", monkeypatch)
    with served(plain.ThreadingHTTPServer(("127.0.0.1", 0), plain.Receiver)) as port:
        assert judged(post, port) == [204, 204, 400, 400]
    assert capsys.readouterr().out == TAKEN


def test_flask(post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(WSGIRequestHandler, "log_message", lambda *_: None)
    with served(make_server("127.0.0.1", 0, recipe("with_flask.py", monkeypatch).app)) as port:
        assert judged(post, port) == [204, 204, 400, 400]
    assert capsys.readouterr().out == TAKEN


def _has_express() -> bool:
    with suppress(OSError):
        return (
            subprocess.run(["node", "-e", "require('express')"], capture_output=True, timeout=PATIENCE).returncode == 0
        )
    return False


def test_express(post: Post) -> None:
    """NODE_PATH says where Express is, if node does not find it by itself."""
    if not _has_express():
        if os.environ.get("CI") == "true":
            pytest.fail("express is not installed: .ci/run does it")
        pytest.skip("express is not installed: npm install --prefix FOLDER express, NODE_PATH=FOLDER/node_modules")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "SECRET": SECRET, "PORT": str(port)}
    command = ["node", str(RECEIVERS / "with-express.js")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            _wait_for(port)
            assert judged(post, port) == [204, 204, 400, 400]
        finally:
            process.kill()
        assert process.stdout is not None
        assert process.stdout.read() == TAKEN


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)


def test_what_the_page_shows_of_a_delivery_is_signed_as_it_says() -> None:
    page = (DOCS / "webhooks.md").read_text("utf-8")
    found = re.search(r"```text\n(POST .*?)\n\n(\{.*?\})\n```", page, re.DOTALL)
    secret = re.search(r'"secret": "(whsec_\w+)"', page)
    stated = shipped().webhooks
    assert found is not None
    assert secret is not None
    assert stated is not None
    shown = dict(line.split(": ", 1) for line in found[1].splitlines()[1:])
    headers = {role: shown[name] for role, name in stated.headers.items()}
    signed = {role: headers[role] for role in ("timestamp", "delivery_id")}
    body = found[2].encode()
    assert stated.signature.verifies(headers["signature"], secret[1], body=body, **signed)
    assert int(shown["Content-Length"]) == len(body)
    assert int(headers["timestamp"]) == parse_instant("2025-12-01T08:00:00Z")

"""Where a redirect leads, nobody allowed a load: neither a key nor the admin token goes there."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from contracts.errors import UnreachableError
from contracts.spec.contract import Contract
from contracts.target.control import ControlApi
from loadtests.api.client import Client
from loadtests.api.endpoint import Endpoint
from loadtests.api.target import Organization, Target


class SendsOn(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]
        self.send_response(307)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), SendsOn) as server:
        server.paths = []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_admin_token_is_not_sent_on(server: HTTPServer) -> None:
    with pytest.raises(UnreachableError, match="sends on to localhost") as told:
        ControlApi(f"http://127.0.0.1:{server.server_port}/_mock", "s3cret").health()
    assert "s3cret" not in str(told.value)
    assert server.paths == ["/_mock/health"]  # type: ignore[attr-defined]


def test_a_key_is_not_sent_on(server: HTTPServer) -> None:
    target = Target(f"http://127.0.0.1:{server.server_port}", (Organization("acme", keys=("kord_secret",)),))
    endpoint = Endpoint.of(target, Contract.load())
    with pytest.raises(UnreachableError, match="sends on to localhost") as told:
        Client(endpoint).ask(
            "getOrganization", {"org_slug": "acme"}, headers={"x-kordless-key": endpoint.key_for("acme").value}
        )
    assert "kord_secret" not in str(told.value)
    assert len(server.paths) == 1  # type: ignore[attr-defined]

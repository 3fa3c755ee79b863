"""A receiver of webhooks: a small HTTP server in threads, which hands each delivery to a function that answers it."""

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any, Self

from contracts.delivery import Delivery, Reply
from contracts.target.clock import unix_seconds

Answer = Callable[[Delivery], Reply]
MOST_BYTES = 1 << 20  # of a body
IDLE = 60.0  # seconds without a byte
LOOPBACK = "127.0.0.1"


class Receiver:
    """Listens from its making on, answers from `start` to `close`. `answer` is called from several threads.

    Raises OSError where the address cannot be listened on.
    """

    def __init__(self, answer: Answer, host: str = LOOPBACK, port: int = 0) -> None:
        family, address = _resolved(host, port)
        self._server = _Server(family, address, answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = _url(host, self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Whoever is waiting for an answer gets none."""
        self._server.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, family: socket.AddressFamily, address: tuple[Any, ...], answer: Answer) -> None:
        self.address_family = family
        self.answer = answer
        self.closing = threading.Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that has hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(Delivery(self.command, self.path, headers, body, unix_seconds()))
        if self.server.closing.wait(reply.after):
            self.close_connection = True
            return
        self._answer(reply.status)

    def log_message(self, format: str, *args: object) -> None:
        """Whoever listens tells of deliveries himself."""

    def _body(self) -> bytes | None:
        """None where there is none of a length that is told and can be kept: that is answered here."""
        stated = self.headers.get("Content-Length", "")
        if not (stated.isascii() and stated.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif int(stated) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(stated))
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._answer(status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status >= 200 and status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.send_header("Content-Length", "0")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return family, address


def _url(host: str, port: int) -> str:
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # a wildcard is no address to send requests to
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

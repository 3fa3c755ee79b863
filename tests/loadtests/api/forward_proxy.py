"""A forward proxy on loopback, which knows one server by every name."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class ForwardProxy(ThreadingHTTPServer):
    """`seen`: each request line with its Proxy-Authorization. Only the first `most_tunnels` are made."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarding)
        self.address = urlsplit(server).netloc
        self.seen: list[tuple[str, str | None]] = []
        self.most_tunnels = 1_000
        self.wants_to_know = False

    def url(self, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A client that leaves is nothing to speak of."""


class _Forwarding(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForwardProxy

    def do_GET(self) -> None:
        self._note()
        if self.server.wants_to_know and "Proxy-Authorization" not in self.headers:
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        parts = urlsplit(self.path)
        assert parts.scheme == "http"
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        with closing(http.client.HTTPConnection(self.server.address, timeout=10)) as connection:
            connection.request(self.command, f"{parts.path}?{parts.query}", body, headers)
            answer = connection.getresponse()
            told = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told)

    def do_CONNECT(self) -> None:
        self._note()
        if len(self.server.seen) > self.server.most_tunnels:
            self.send_error(403)
            return
        host, _, port = self.server.address.partition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response_only(200)
            self.end_headers()
            threading.Thread(target=_pump, args=(there, self.connection), daemon=True).start()
            _pump(self.connection, there)
        self.close_connection = True

    def _note(self) -> None:
        self.server.seen.append((f"{self.command} {self.path}", self.headers.get("Proxy-Authorization")))

    def log_message(self, *_: object) -> None:
        pass


def _pump(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while some := here.recv(1 << 14):
            there.sendall(some)


@contextmanager
def forwarding(server: str) -> Iterator[ForwardProxy]:
    proxy = ForwardProxy(server)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()

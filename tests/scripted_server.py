"""A server that gives the bytes that a test wants, HTTP or not, on a port of loopback."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

Script = Callable[[bytes], bytes]


@contextmanager
def scripted(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """How it is reached; `script` is asked for each piece that comes."""
    server = socket.create_server(("127.0.0.1", 0), backlog=256)

    def answer(connection: socket.socket) -> None:
        with (
            closing(connection),
            suppress(OSError),
            closing(tls.wrap_socket(connection, server_side=True) if tls else connection) as reached,
        ):
            while request := reached.recv(65_536):
                reached.sendall(script(request))

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@contextmanager
def dripping(pieces: Iterator[bytes]) -> Iterator[str]:
    """As `scripted`, for one request that is answered piece by piece."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with suppress(OSError), closing(server.accept()[0]) as connection:
            connection.recv(65_536)
            for piece in pieces:
                connection.sendall(piece)

    threading.Thread(target=answer, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


def plain(body: bytes, headers: str = "", status: str = "200 OK") -> bytes:
    """An answer of HTTP, with the length of its body."""
    head = f"HTTP/1.1 {status}\r\nDate: Sat, 28 Nov 2026 08:00:00 GMT\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body

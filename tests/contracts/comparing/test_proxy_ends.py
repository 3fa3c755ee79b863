"""A proxy that ends leaves no connection open, whatever its two ends still do."""

import gc
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import trustme

from tests.contracts.comparing.proxies import PATIENCE, proxied, received
from tests.scripted_server import scripted

ASK = b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LONG = 32 << 20  # bytes, more than all buffers on the way take


@contextmanager
def all_is_closed() -> Iterator[None]:
    """Nothing that was opened here is left for the collector to close."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in told] == []


@contextmanager
def silent_server(tls: ssl.SSLContext) -> Iterator[str]:
    """It answers once, and says nothing more, not even that it has heard that nobody listens."""
    over = threading.Event()

    def answer() -> None:
        with suppress(OSError), closing(tls.wrap_socket(server.accept()[0], server_side=True)) as connection:
            received(connection, b"\r\n\r\n")
            connection.sendall(OK)
            over.wait(PATIENCE)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join(PATIENCE)


def test_a_server_that_does_not_agree_to_end_its_tls() -> None:
    authority = trustme.CA()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    authority.configure_trust(ours)
    with all_is_closed(), silent_server(theirs) as url, proxied(url, ours) as proxy, proxy.connect() as client:
        client.sendall(ASK)
        assert received(client, len(OK)) == OK


def test_a_client_that_does_not_read_its_answer() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LONG + bytes(LONG)
    with all_is_closed(), scripted(lambda _: long) as url, proxied(url) as proxy:
        client = proxy.connect()
        client.sendall(ASK)
        assert client.recv(1)
        # It is there longer than the proxy.
    client.close()


def test_clients_that_have_just_come() -> None:
    """The proxy may not have begun with them."""
    for _ in range(10):
        with all_is_closed(), scripted(lambda _: OK) as url, proxied(url) as proxy:
            clients = [proxy.connect() for _ in range(5)]
        for client in clients:
            client.close()

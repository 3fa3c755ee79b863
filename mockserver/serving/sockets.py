"""Sockets that two mocks never share without knowing it."""

import socket

BACKLOG = 1024  # connections the kernel keeps waiting while a process has as many open as it may


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` (a name, IPv4 or IPv6 address) and `port` (0: any).

    Clients may connect from now on; they are answered once serve() runs.

    Raises OSError: errno EADDRINUSE if the port is taken, EACCES if it is not for this user,
    EADDRNOTAVAIL if the address is not this machine's; socket.gaierror if the host is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # localhost may have addresses of both families, and not every client tries IPv6.
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    # With SO_REUSEADDR but not SO_REUSEPORT: a restart may follow at once, a second server not.
    sock = socket.create_server(address, family=family, backlog=BACKLOG)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return sock

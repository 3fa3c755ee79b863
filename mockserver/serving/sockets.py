"""Sockets that two mocks never share without knowing it."""

import socket
import sys
from collections.abc import Sequence

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
    return _prompt(socket.create_server(address, family=family, backlog=BACKLOG))


def bind_each(host: str, port: int, count: int) -> Sequence[socket.socket]:
    """One listening socket for each of `count` processes, on one port. Raises as bind() does.

    Linux spreads connections evenly over sockets with SO_REUSEPORT. Of one socket that all processes accept from, the
    first that wakes takes whatever waits: of 64 connections opened at once mostly all 64, where each of four processes
    gets 10 to 23 so. Other systems know no such spreading: there they accept from one.

    The port is taken as bind() takes it, which fails where anybody listens, before it is shared: two mocks never share.
    Only another program of the same user that asks for SO_REUSEPORT itself could still join.
    """
    first = bind(host, port)
    if count == 1 or sys.platform != "linux":
        return [first] * count
    with first:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        address = first.getsockname()
        return [
            _prompt(socket.create_server(address, family=first.family, backlog=BACKLOG, reuse_port=True))
            for _ in range(count)
        ]


def _prompt(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return sock

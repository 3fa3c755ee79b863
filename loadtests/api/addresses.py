"""A second client: requests that leave this machine from another address, which is what a server knows it by."""

import socket
from collections.abc import Mapping

from loadtests.api.endpoint import Endpoint
from loadtests.api.target import is_loopback

CLIENT_2 = "client 2"  # its label; the other client's is `request_builder.NOBODY`
SECOND = "127.0.0.2"  # on Linux all of 127/8 is this machine's; elsewhere somebody must have set it up
PATIENCE = 1.0  # seconds


def second_client(endpoint: Endpoint) -> Mapping[str, str]:
    """Its address by its label, for `Endpoint.sources`; nothing where the server cannot be reached from there.

    One connection shows that, on which nothing is sent.
    """
    if not is_loopback(endpoint.origin):
        return {}
    try:
        socket.create_connection(endpoint.address, PATIENCE, (SECOND, 0)).close()
    except (OSError, UnicodeError):  # the latter for a name that is none
        return {}
    return {CLIENT_2: SECOND}

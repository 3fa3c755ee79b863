"""A server whose every byte a test says, and a proxy before it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.contracts.comparing.proxies import Proxied, Server, proxied


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server()) as made:
        yield made


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxied]:
    with proxied(server.url) as made:
        yield made

"""One PostgreSQL for all tests of deployments; those that stop it have one of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mockserver.deployment.studio import flags
from tests.postgresql import Server, fresh_server


@pytest.fixture
def own_postgresql() -> Iterator[Server]:
    server = fresh_server()
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(server.folder)


@pytest.fixture
def studio(tmp_path: Path) -> list[str]:
    """The flags of a mock of the studio."""
    return flags(tmp_path)

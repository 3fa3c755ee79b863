"""A database that goes away: 503 with Retry-After, then recovery without a restart, and nothing is lost."""

import time
from dataclasses import replace
from pathlib import Path

from tests.effort import draws
from tests.mockserver.deployment.clients import Told
from tests.mockserver.deployment.mocks import running
from tests.mockserver.deployment.services import TcpProxy
from tests.mockserver.deployment.traffic import Load, audit
from tests.postgresql import Server

CLIENTS = 16
RECOVERY = 20.0  # seconds until everything is answered again, of which PostgreSQL may need most on a busy machine


def test_postgresql_is_stopped_and_started_under_load(
    tmp_path: Path, studio: list[str], own_postgresql: Server
) -> None:
    told = Told()
    flags = [*studio, "--state", own_postgresql.new_database(), "--workers", "2"]
    with running(tmp_path, flags) as [mock]:
        before = mock.workers()
        with Load([mock.url], CLIENTS, told).running():
            for mode in ("immediate", "fast"):
                time.sleep(0.5)
                own_postgresql.stop(mode)
                refused = told.statuses[503]
                time.sleep(0.5)
                assert told.statuses[503] > refused
                assert told.statuses[0] == 0, "an answer was missing"
                own_postgresql.start()
                wait_for_bookings(told)
        audit(mock.url, told)
        assert mock.workers() == before, "a worker was restarted"


def test_connections_to_postgresql_are_cut_under_load(
    tmp_path: Path, studio: list[str], own_postgresql: Server
) -> None:
    told = Told()
    proxy = TcpProxy(own_postgresql.port)
    name = own_postgresql.new_database().rpartition("/")[2]
    flags = [*studio, "--state", replace(own_postgresql, port=proxy.port).url(name), "--workers", "2"]
    with running(tmp_path, flags) as [mock]:
        with Load([mock.url], CLIENTS, told).running():
            for turn in range(draws(15)):
                time.sleep(0.2)
                assert proxy.cut() > 0
                if turn % 5 == 4:
                    proxy.refuses = True
                    time.sleep(0.5)
                    proxy.refuses = False
                wait_for_bookings(told)
        audit(mock.url, told)
        assert told.statuses[503] > 0
        assert told.statuses[0] == 0, "an answer was missing"
    proxy.close()


def wait_for_bookings(told: Told) -> None:
    """Until a booking is acknowledged that was not before."""
    acknowledged, deadline = len(told.slots), time.monotonic() + RECOVERY
    while len(told.slots) <= acknowledged:
        assert time.monotonic() < deadline, "it does not recover"
        time.sleep(0.02)

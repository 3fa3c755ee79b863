"""A database that goes away: 503 with Retry-After, then recovery without a restart, and nothing is lost."""

from dataclasses import replace
from pathlib import Path

from tests.effort import draws
from tests.mockserver.deployment.clients import Told
from tests.mockserver.deployment.mocks import running
from tests.mockserver.deployment.services import TcpProxy
from tests.mockserver.deployment.traffic import Load, audit
from tests.postgresql import Server
from tests.turns import wait_until

CLIENTS = 16


def test_postgresql_is_stopped_and_started_under_load(
    tmp_path: Path, studio: list[str], own_postgresql: Server
) -> None:
    told = Told()
    flags = [*studio, "--state", own_postgresql.new_database(), "--workers", "2"]
    with running(tmp_path, flags) as [mock]:
        before = mock.workers()
        with Load([mock.url], CLIENTS, told).running():
            for mode in ("immediate", "fast"):
                wait_for_bookings(told)
                own_postgresql.stop(mode)
                wait_for_refusals(told)
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
                proxy.refuses = turn % 5 == 4
                wait_until(lambda: proxy.cut() > 0, "nobody is connected")
                if proxy.refuses:
                    wait_for_refusals(told)
                    proxy.refuses = False
                wait_for_bookings(told)
        audit(mock.url, told)
        assert told.statuses[0] == 0, "an answer was missing"
    proxy.close()


def wait_for_bookings(told: Told) -> None:
    """Until so many are acknowledged that one was asked for after this: each client may have one under way."""
    enough = len(told.slots) + CLIENTS
    wait_until(lambda: len(told.slots) > enough, "it does not recover")


def wait_for_refusals(told: Told) -> None:
    """Until a request is refused that was not before: each client asks again at once."""
    refused = told.statuses[503]
    wait_until(lambda: told.statuses[503] > refused, "nobody is told that the state cannot be reached")

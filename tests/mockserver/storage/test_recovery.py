"""What is left when a process dies, and what is answered while a database cannot be reached."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from mockserver.ports import ReplayRecord, State, StateUnavailableError
from mockserver.storage.opening import UnusableStateError, open_state
from mockserver.storage.sql.postgresql import SETTINGS
from tests import postgresql
from tests.mock_process import KORDKIT, get_ready
from tests.mockserver.storage.states import ids
from tests.mockserver.storage.units import booking
from tests.turns import PATIENCE, wait_until

BOOKINGS = "/api/calendar/v1/public/bookings"


# --- a process that is killed


@contextmanager
def mock(state: str, ready_file: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    command = [
        sys.executable,
        KORDKIT,
        "mock",
        "--port",
        "0",
        "--ready-file",
        str(ready_file),
        "--state",
        state,
        *flags,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process, get_ready(process, ready_file)
        finally:
            process.kill()


def ask(url: str, body: Any = None, **headers: str) -> tuple[int, Any, Message]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.status, json.load(answer), answer.headers


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path, booking_body: Callable[..., dict[str, Any]]) -> None:
    state, ready_file = f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "ready.json"
    flags = ("--now", "2025-12-01T08:00:00Z", "--freeze")
    with mock(state, ready_file, *flags) as (process, ready):
        key = {"x-kordless-key": ready["organizations"][0]["keys"]["public"], "Idempotency-Key": "k1"}
        status, made, told = ask(ready["url"] + BOOKINGS, booking_body(), **key)
        assert status == 201
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        ready_file.unlink()
    with mock(state, ready_file, "--data", "acme-salon") as (process, ready):
        status, again, told_again = ask(ready["url"] + BOOKINGS, booking_body(), **key)
        assert (status, again, told_again["Idempotency-Replayed"]) == (201, made, "true")
        assert int(told_again["X-RateLimit-Remaining"]) == int(told["X-RateLimit-Remaining"]) - 1
        assert ask(ready["control_url"] + "/health")[1]["now"] == "2025-12-01T08:00:00Z"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert b"begun earlier: bookings, keys, clock and limits go on" in process.stdout.read()


def test_a_claim_of_a_process_that_died_is_forgotten_with_it(tmp_path: Path) -> None:
    """A file of SQLite has one process: whoever opens it knows that the claims in it are nobody's."""
    url = f"sqlite:///{tmp_path / 'state.db'}"
    with closing(open_state(url, ids())) as state, state.work() as work:
        assert work.replays.claim("scope", "key", ReplayRecord(b"x", 1, None), 0) is None
    with closing(open_state(url, ids())) as state, state.work() as work:
        assert work.replays.all() == []


def test_a_second_mock_on_one_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    told = pytest.raises(UnusableStateError, match=r"state\.db is in use by another process, which has it to itself")
    with closing(open_state(url, ids())), told:
        open_state(url, ids())
    open_state(url, ids()).close()


# --- a disk that is full


def test_a_full_disk_is_told_and_nothing_half_done_is_left(tmp_path: Path) -> None:
    with closing(open_state(f"sqlite:///{tmp_path / 'state.db'}", ids())) as state:
        connection = state._database.connection  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}").fetchall()
        with pytest.raises(StateUnavailableError) as told:
            fill(state)
        assert told.value.retry_after
        with state.look() as work:
            assert work.bookings.all() == []
        connection.execute("PRAGMA max_page_count=100000").fetchall()
        with state.work() as work:
            work.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))


def fill(state: State) -> None:
    """With more than a redo log has room for."""
    with state.work() as work:
        for number in range(2000):
            work.bookings.save(booking(number, "salon", "ann", "cut", number, False, 1))


# --- a server that goes away


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgresql.Server]:
    """One that a test may stop."""
    try:
        server = postgresql.fresh_server()
    except postgresql.NoPostgresqlError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.remove()


@pytest.mark.parametrize("door", ["direct"])
def test_while_a_server_is_away_the_api_says_so_and_goes_on_when_it_is_back(
    start: Callable[..., Any], own_server: postgresql.Server, wish: Callable[..., Any]
) -> None:
    client = start(state=own_server.new_database(), limits=True)
    body = wish(client, "haircut", "2025-12-03T15:00:00Z")

    def book(key: str) -> Any:
        return client.post("public/bookings", json=body, headers={"Idempotency-Key": key})

    made = book("before")
    assert made.status_code == 201
    own_server.stop()
    begun = time.monotonic()
    for _ in range(20):
        away = book("away")
        assert (away.status_code, away.get_json()["type"]) == (503, "service_unavailable")
        assert int(away.headers["Retry-After"]) >= 1
        assert client.get("public/org/acme-salon").status_code == 503
        assert client.get("/_mock/bookings").status_code == 503
        assert client.get("/_mock/health").status_code == 200
    assert time.monotonic() - begun < PATIENCE  # nobody waits three seconds for a server that is known to be away
    own_server.start()
    wait_until(lambda: book("before").status_code != 503, "it does not recover")
    again = book("before")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (made.data, "true")
    assert book("away").status_code == 409  # it was never made, and the slot is taken
    assert client.get("/_mock/bookings").status_code == 200


def test_what_was_acknowledged_outlives_the_crash_of_a_server(own_server: postgresql.Server) -> None:
    """Of itself the server here would write what is not waited for only after ten seconds."""
    own_server.run("psql", "-q", "-d", "postgres", "-c", "ALTER SYSTEM SET wal_writer_delay = '10s'")
    own_server.stop()
    own_server.start()
    url = own_server.new_database()
    with closing(open_state(url, ids())) as state:
        with state.work() as work:
            work.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))
        count_once(state)
        own_server.stop("immediate")
    own_server.start()
    with closing(open_state(url, ids())) as state, state.look() as work:
        assert [each.id for each in work.bookings.all()] == ["book_1"]
        assert work.counters.held([("policy", "subject")]) == [(1, 1)]


def test_a_connection_that_was_lost_while_nobody_looked_costs_nobody_an_answer(
    new_database: Callable[[], str], postgresql_server: postgresql.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database()
    monkeypatch.setattr("mockserver.storage.sql.postgresql.TRUSTED_SECONDS", 0.0)
    with closing(open_state(url, ids())) as state:
        for _ in range(2):
            with state.work() as work:
                work.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))
            cut_all(postgresql_server, url)
        with state.look() as work:
            assert len(work.bookings.all()) == 1


def test_a_connection_that_breaks_amid_a_unit_undoes_all_of_it(
    new_database: Callable[[], str], postgresql_server: postgresql.Server
) -> None:
    url = new_database()

    def breaks(state: State) -> None:
        with state.work() as work:
            work.bookings.save(booking(1, "salon", "ann", "cut", 1, False, 1))
            work.keys.all()  # all has been sent
            cut_all(postgresql_server, url)

    with closing(open_state(url, ids())) as state:
        with pytest.raises(StateUnavailableError):
            breaks(state)
        with state.look() as work:
            assert work.bookings.all() == []


def test_who_waits_too_long_for_another_is_told_and_takes_nothing(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "lock_timeout", 100)  # milliseconds
    url = new_database()
    with closing(open_state(url, ids())) as one, closing(open_state(url, ids())) as other:
        with one.work() as work:
            work.counters.put("policy", "other", (1, 1))
            work.counters.held([("policy", "subject")])
            with pytest.raises(StateUnavailableError):
                count_once(other)
        count_once(other)
        with one.look() as work:
            assert work.counters.held([("policy", "subject")]) == [(1, 1)]


def count_once(state: State) -> None:
    with state.work() as work:
        (held,) = work.counters.held([("policy", "subject")])
        work.counters.put("policy", "subject", (1, (held or (0, 0))[1] + 1))


def cut_all(server: postgresql.Server, url: str) -> None:
    """Every connection that a state has to its database: others use the server, too."""
    where = f"application_name = 'kordkit' AND datname = '{url.rpartition('/')[2]}'"
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {where}"
    server.run("psql", "-q", "-d", "postgres", "-c", cut)

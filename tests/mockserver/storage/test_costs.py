"""What a request costs of a database, whatever else the machine does: statements, and messages to a server."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from mockserver.ports import Outcome, ReplayRecord, State
from mockserver.storage.sql import messages as wire
from tests.mockserver.storage.units import booking

WAITING = "COMMIT;SELECT pg_logical_emit_message(true, 'kordkit', '')"
"""The end of a message that is answered when everything is on the server's disk."""

Count = Callable[[list[str]], dict[str, Any]]


@pytest.fixture
def door() -> str:
    return "direct"


@pytest.fixture
def client(start: Callable[..., Any], state_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = start(state=state_url, limits=True, seed=None)
    # What everybody goes by is known, keys' uses need not be noted, and connections are in use.
    monkeypatch.setattr(client.mock.state, "_trusted_until", float("inf"), raising=False)
    monkeypatch.setattr(client.mock.state, "_noted_at", float("inf"))
    monkeypatch.setattr("mockserver.storage.sql.postgresql.TRUSTED_SECONDS", float("inf"))
    return client


@pytest.fixture
def seen(client: Any, wish: Callable[..., Any]) -> Count:
    """What is written into a list while each of three requests is answered, whose like has been answered before."""
    body = wish(client, "styling-class", "2025-12-03T14:00:00Z")

    def post(key: str) -> Any:
        return client.post("public/bookings", json=body, headers={"Idempotency-Key": key})

    get = partial(client.get, "public/org/acme-salon")

    def watched(written: list[str]) -> dict[str, list[str]]:
        asked = {"GET": get, "creation": partial(post, "third"), "replay": partial(post, "third")}
        found = {}
        for kind, ask in asked.items():
            written.clear()
            assert ask().status_code in (200, 201)
            found[kind] = written[:]
        return found

    for ask in (partial(post, "first"), partial(post, "second"), get):
        assert ask().status_code in (200, 201)
    return watched


@pytest.mark.parametrize("state_url", ["sqlite"], indirect=True)
def test_statements_on_sqlite(client: Any, seen: Count) -> None:
    statements: list[str] = []
    client.mock.state._database.connection.set_trace_callback(statements.append)
    ran = seen(statements)
    assert {kind: len(each) for kind, each in ran.items()} == {"GET": 0, "creation": 0, "replay": 0}, ran


@pytest.mark.parametrize("state_url", ["sqlite"], indirect=True)
def test_an_older_key_is_looked_up_once(state: Any) -> None:
    """Its row, when it has been written; and again when what was seen of it is undone."""
    outcome = Outcome(201, (), b"y")
    with state.work() as work:
        work.replays.save("scope", "key", ReplayRecord(b"x", 1, outcome))
    with state.look() as work:
        work.replays.all()  # for which all is written
    statements: list[str] = []
    state._database.connection.set_trace_callback(statements.append)

    def known() -> Outcome | None:
        with state.work() as work:
            record = work.replays.claim("scope", "key", ReplayRecord(b"x", 2, None), 0)
        return None if record is None else record.outcome

    assert [known() for _ in range(3)] == [outcome] * 3
    assert len(statements) == 1
    with suppress(ZeroDivisionError), state.work() as work:
        work.replays.forget(1)
        assert work.replays.claim("scope", "key", ReplayRecord(b"x", 2, None), 0) is None
        raise ZeroDivisionError
    assert known() == outcome


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to PostgreSQL from now on."""
    sent: list[str] = []
    exchange = wire.exchange

    def sending(connection: Any, message: str) -> Any:
        sent.append(message)
        return exchange(connection, message)

    monkeypatch.setattr("mockserver.storage.sql.postgresql.exchange", sending)
    return sent


@pytest.mark.parametrize("state_url", ["postgresql"], indirect=True)
def test_messages_to_postgresql(seen: Count, messages: list[str]) -> None:
    """A transaction that something is promised with waits for the disk, once and after it has let go of its locks."""
    sent = seen(messages)
    assert {kind: len(each) for kind, each in sent.items()} == {"GET": 2, "creation": 7, "replay": 5}, sent
    waits = {
        kind: [at for at, message in enumerate(each, 1) if message.endswith(WAITING)] for kind, each in sent.items()
    }
    assert waits == {"GET": [2], "creation": [2, 7], "replay": [2, 5]}


@pytest.mark.parametrize("state_url", ["postgresql"], indirect=True)
def test_a_whole_state_is_put_there_at_once(state: State, messages: list[str]) -> None:
    """However much it is, and with it all that it takes of hosts."""
    costs = []
    for count in (10, 3000):
        held = [booking(number, "salon", "ann", "cut", number // 4, number % 3 == 0, 2) for number in range(count)]
        keys = [("scope", f"key-{number}", ReplayRecord(b"x", 1, Outcome(201, (), b"y"))) for number in range(count)]
        counters = {"minute": {f"subject-{number}": (number,) for number in range(count)}}
        messages.clear()
        with state.work(alone=True) as work:
            work.bookings.restart(held)
            work.counters.restart(counters)
            work.replays.restart(keys)
        costs.append(len(messages))
        with state.look() as work:
            assert work.bookings.all() == sorted(held, key=lambda each: each.id)
            assert sum(work.bookings.loads("salon", ["ann"], 0, 10**9).values()) == sum(each.active for each in held)
            assert (work.counters.contents(), len(work.replays.all())) == (counters, count)
    assert costs[1] - costs[0] <= 4, "of each large table the server is told that it is one"
    assert costs[0] < 10

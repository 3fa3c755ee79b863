"""The redo log of a state in a file: whatever moment a process dies at, what it has done is there."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from mockserver.ports import Outcome, ReplayRecord, State
from mockserver.storage.opening import open_state
from tests.mockserver.storage.states import ids
from tests.mockserver.storage.units import booking


@pytest.fixture(params=[False, True])
def little_room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or: for so few units that the redo log begins anew between them, and less at hand than the test has."""
    if request.param:
        monkeypatch.setattr("mockserver.storage.sql.redo.ROOM", 700)
        monkeypatch.setattr("mockserver.storage.sql.names.MOST", 3)
        monkeypatch.setattr("mockserver.storage.sql.own_bookings.MOST", 2)


def as_killed(file: Path, to: Path, log: bytes | None = None) -> str:
    """The URL of what a process leaves behind that dies now."""
    to.mkdir()
    for each in file.parent.glob(f"{file.name}*"):
        (to / each.name).write_bytes(each.read_bytes() if log is None or not each.name.endswith("-redo") else log)
    return f"sqlite:///{to / file.name}"


def booked(state: State) -> tuple[list[str], Any, int]:
    """Ids, what the last of them has under its idempotency key, and how often a request was counted."""
    with state.look() as work:
        ids_of_all = [each.id for each in work.bookings.all()]
        (counter,) = work.counters.held([("policy", "subject")])
        kept = {name: record.outcome for _, name, record in work.replays.all()}
        assert sorted(kept) == ids_of_all, "a booking and its answer are one unit"
        assert work.bookings.get("book_0") is None
        loads = work.bookings.loads("salon", ["ann"], 0, 10**9)
        assert loads.get("ann", 0) == len(ids_of_all), "a booking and its seat are one unit"
        return ids_of_all, kept, 0 if counter is None else counter[1]


def book(state: State, number: int) -> None:
    state.charge(lambda counters, at, used: counters.put("policy", "subject", (at, used)), number, number)
    with state.work() as work:
        work.bookings.save(booking(number, "salon", "ann", "cut", number, False, 1))
        work.replays.save("scope", f"book_{number}", ReplayRecord(b"x", number, Outcome(201, (), b"{}")))


def test_whatever_moment_a_process_dies_at_its_file_has_what_was_done(tmp_path: Path, little_room: None) -> None:
    file = tmp_path / "state.db"
    done: Any = None
    with closing(open_state(f"sqlite:///{file}", ids())) as state:
        for number in range(1, 8):
            book(state, number)
            if number == 4:
                with suppress(ZeroDivisionError), state.work() as work:
                    work.bookings.save(booking(99, "salon", "ann", "cut", 9, False, 1))
                    assert len(work.bookings.all()) == 5
                    raise ZeroDivisionError
            done = booked(state)
            assert done[2] == number
            with closing(open_state(as_killed(file, tmp_path / str(number)), ids())) as left:
                assert booked(left) == done
                book(left, 50)
            with closing(open_state(f"sqlite:///{tmp_path / str(number) / file.name}", ids())) as left:
                assert booked(left)[2] == 50
    assert not list(tmp_path.glob("state.db-*")), "who stops leaves one file"
    with closing(open_state(f"sqlite:///{file}", ids())) as state:
        assert booked(state) == done


def test_of_a_redo_log_every_record_that_is_whole_is_done_again_and_nothing_else(tmp_path: Path) -> None:
    file, log = tmp_path / "state.db", tmp_path / "state.db-redo"
    with closing(open_state(f"sqlite:///{file}", ids())) as state:
        book(state, 1)
        begun = state._database._redo._end  # type: ignore[attr-defined]
        book(state, 2)
        held = log.read_bytes()
        ended = state._database._redo._end  # type: ignore[attr-defined]
        for number, end in enumerate(range(begun, ended, 97)):
            torn = held[:end] + b"\xff" * (len(held) - end)
            with closing(open_state(as_killed(file, tmp_path / str(number), torn), ids())) as left:
                made, _, counted = booked(left)
                assert (made, counted) in [(["book_1"], 1), (["book_1"], 2)]
        with closing(open_state(as_killed(file, tmp_path / "whole"), ids())) as left:
            assert booked(left)[0] == ["book_1", "book_2"]
    # What has been committed since is not done twice, and what another file's log has is not done in this one.
    for number, url in enumerate([f"sqlite:///{file}", f"sqlite:///{tmp_path / 'new.db'}"]):
        Path(f"{url.removeprefix('sqlite:///')}-redo").write_bytes(held)
        with closing(open_state(url, ids())) as left:
            assert booked(left)[0] == ["book_1", "book_2"][: 2 - 2 * number]


def count(state: State, used: int) -> None:
    state.charge(lambda counters, at, used: counters.put("policy", "subject", (at, used)), used, used)


def test_counting_begins_the_log_anew_with_a_few_statements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often one counter was charged, it has one row."""
    monkeypatch.setattr("mockserver.storage.sql.redo.ROOM", 4096)
    file, log = tmp_path / "state.db", tmp_path / "state.db-redo"
    with closing(open_state(f"sqlite:///{file}", ids())) as state:
        statements: list[str] = []
        state._database.connection.set_trace_callback(statements.append)  # type: ignore[attr-defined]
        counted = 0
        while statements.count("COMMIT") < 3:
            counted += 1
            count(state, counted)
        assert len(statements) == 3 * len(["BEGIN IMMEDIATE", "the counter", "an epoch", "its PRAGMA", "COMMIT"])
        assert counted > 100
        count(state, counted + 1)
        with closing(open_state(as_killed(file, tmp_path / "killed"), ids())) as left, left.look() as work:
            assert work.counters.contents() == {"policy": {"subject": (counted + 1, counted + 1)}}
        log.unlink()
        with closing(open_state(as_killed(file, tmp_path / "committed"), ids())) as left, left.look() as work:
            assert work.counters.contents() == {"policy": {"subject": (counted, counted)}}


def test_what_was_counted_outlives_a_transaction_that_is_lost(tmp_path: Path) -> None:
    """As SQLite rolls one back by itself when it cannot write."""
    with closing(open_state(f"sqlite:///{tmp_path / 'state.db'}", ids())) as state:
        book(state, 1)
        state._database.give_up()  # type: ignore[attr-defined]
        book(state, 2)
        assert booked(state)[0] == ["book_1", "book_2"]
        assert booked(state)[2] == 2

"""A state that cannot be opened: one sentence that says the trouble, and shows no password."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mockserver.settings import Settings
from mockserver.storage.opening import UnusableStateError, open_state, shown
from mockserver.wiring import Unusable, build
from tests import postgresql
from tests.mockserver.storage.states import ids

SHIPPED = Path(__file__).parents[3] / "mockserver" / "datasets" / "acme-salon.yaml"


def sentence(url: str) -> str:
    with pytest.raises(UnusableStateError) as told:
        open_state(url, ids()).close()
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "redis://u:secret@host",
            r"the state redis://u:\*\*\*@host is none of memory://, sqlite:///FILE or postgresql://",
        ),
        ("memory", "the state memory is none of memory://,"),
        ("sqlite://state.db", "the URL of a state in a file is sqlite:///FILE"),
        ("sqlite:///nowhere/state.db", "the folder nowhere for the state is not there: make it first"),
        ("sqlite:////dev", "the state /dev cannot be opened: is it a folder, or of another user"),
        ("postgresql://u:secret@host", "the URL of a state on a server names a database"),
        ("postgresql://u:secret@host:port/db", "the URL of the state is not like postgresql://USER@HOST/DATABASE"),
        ("postgresql://u:secret@127.0.0.1:1/db", "the state on 127.0.0.1:1 cannot be used: .*Connection refused"),
    ],
)
def test_what_no_state_can_be_at_is_told(url: str, told: str) -> None:
    assert re.search(told, sentence(url))


def test_a_password_is_not_shown() -> None:
    assert shown("postgresql://u:se:cr@et@host:5432/db") == "postgresql://u:***@host:5432/db"
    assert shown("postgresql://u@host/db") == "postgresql://u@host/db"


def test_a_file_that_is_none_of_ours_is_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("no database " * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE invoices (id)")
    assert "text.db is no SQLite database: choose another file" in sentence(f"sqlite:///{text}")
    assert "other.db has tables that are not kordkit's (invoices): choose another file" in sentence(
        f"sqlite:///{other}"
    )
    with closing(sqlite3.connect(other)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]


def test_a_file_of_a_newer_kordkit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    open_state(f"sqlite:///{file}", ids()).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE kordkit_version SET version = 1000")
    assert "was written by a newer kordkit (version 1000 of its tables, not" in sentence(f"sqlite:///{file}")


def test_a_file_of_an_older_kordkit_gets_what_it_lacks(tmp_path: Path) -> None:
    """The first version knew no webhooks."""
    file = tmp_path / "state.db"
    open_state(f"sqlite:///{file}", ids()).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        for change in ("DROP TABLE kordkit_webhooks", "DROP TABLE kordkit_deliveries"):
            connection.execute(change)
        connection.execute("DELETE FROM kordkit_shared WHERE name = 'webhooks'")
        connection.execute("UPDATE kordkit_version SET version = 1")
    for _ in range(2):
        with closing(open_state(f"sqlite:///{file}", ids())) as state, state.look() as work:
            assert (dict(state.webhooks), work.deliveries.all(), work.deliveries.next_due()) == ({}, [], None)


def test_what_a_server_says_is_told(new_database: Callable[[], str], postgresql_server: postgresql.Server) -> None:
    url = new_database()
    postgresql_server.run("psql", "-q", "-d", url.rpartition("/")[2], "-c", "CREATE TABLE invoices (id int)")
    assert "has tables that are not kordkit's (invoices): choose another one" in sentence(url)
    server = url.rpartition("/")[0]
    assert sentence(f"{server}/nowhere").endswith('cannot be used: database "nowhere" does not exist')
    stranger = server.replace(postgresql.SUPERUSER, "stranger:secret")
    assert sentence(f"{stranger}/postgres").endswith('cannot be used: role "stranger" does not exist')


def test_a_state_of_another_dataset_is_refused_unless_it_is_to_be_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(SHIPPED.read_bytes())
    state = f"sqlite:///{tmp_path / 'state.db'}"
    build(Settings(state=state)).mock.state.close()
    with pytest.raises(Unusable, match=r"begun from the dataset acme-salon, not from .*mine\.yaml: start with --data"):
        build(Settings(state=state, data=str(file)))
    build(Settings(state=state, data=str(file), anew=True)).mock.state.close()
    file.write_text("# a comment is no change\n" + file.read_text("utf-8"), "utf-8")
    build(Settings(state=state, data=str(file))).mock.state.close()
    file.write_text(file.read_text("utf-8").replace("since 2010", "since 2011"), "utf-8")
    with pytest.raises(Unusable, match=r"mine\.yaml has changed since the state was begun from it: begin anew"):
        build(Settings(state=state, data=str(file)))

"""Opens a database: finds out whether it can be used, and gives it its tables."""

import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from mockserver.ports import Ids, StateUnavailableError
from mockserver.storage.sql.migrations import NotOursError, migrate
from mockserver.storage.sql.own_state import OwnState
from mockserver.storage.sql.shared_state import SharedState
from mockserver.storage.sql.sqlite import SqliteDatabase


class CannotOpenError(Exception):
    """One sentence for the user, without a password."""


def open_sql(url: str, ids: Ids) -> OwnState | SharedState:
    """Raises CannotOpenError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise CannotOpenError("the URL of the state is not like postgresql://USER@HOST/DATABASE") from error
    return _sqlite(parsed, ids) if parsed.drivername == "sqlite" else _postgresql(parsed, ids)


def _sqlite(url: URL, ids: Ids) -> OwnState:
    if not url.database or url.host:
        raise CannotOpenError("the URL of a state in a file is sqlite:///FILE, with a fourth slash from the root on")
    file = Path(url.database)
    if not file.parent.is_dir():
        raise CannotOpenError(f"the folder {file.parent} for the state is not there: make it first")
    try:
        database = SqliteDatabase(str(file))
        try:
            with database.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                migrate(connection)
                connection.exec_driver_sql("COMMIT")
            return OwnState(database, ids)
        except BaseException:
            database.close()
            raise
    except NotOursError as error:
        raise CannotOpenError(f"{file} {error}: choose another file for the state") from error
    except (DBAPIError, sqlite3.Error) as error:
        raise CannotOpenError(f"the state {file} {_why_not(error)}") from error
    except StateUnavailableError as error:
        raise CannotOpenError(f"the state {file} {_why_not(error.__cause__)}") from error


def _why_not(error: BaseException | None) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    match getattr(cause, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]:
        case "BUSY" | "LOCKED":
            return "is in use by another process, which has it to itself: stop that one, or choose another file"
        case "READONLY":
            return "cannot be written: give this user the right to, or choose another file"
        case "CANTOPEN":
            return "cannot be opened: is it a folder, or of another user?"
        case "FULL" | "IOERR":
            return "cannot be written: the disk is full, or broken"
        case "NOTADB" | "CORRUPT":
            return "is no SQLite database: choose another file"
    return f"cannot be used: {cause}"


def _postgresql(url: URL, ids: Ids) -> SharedState:
    from mockserver.storage.sql.postgresql import PostgresqlDatabase, reason, whole

    where = f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}"
    if not url.database:
        raise CannotOpenError("the URL of a state on a server names a database: postgresql://USER@HOST/DATABASE")
    database = PostgresqlDatabase(url.set(drivername="postgresql+psycopg"))
    try:
        try:
            with database.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql(whole())
                migrate(connection)
                connection.exec_driver_sql("COMMIT")
            return SharedState(database, ids)
        except BaseException:
            database.close()
            raise
    except NotOursError as error:
        raise CannotOpenError(f"the database {url.database} on {where} {error}: choose another one") from error
    except DBAPIError as error:
        raise CannotOpenError(f"the state on {where} cannot be used: {reason(error)}") from error

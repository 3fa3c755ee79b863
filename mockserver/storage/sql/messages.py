"""What is said to PostgreSQL and what it says, for transactions that send several statements in one message.

psycopg's cursors take two to three times as long for it: they put values into their places in Python, and think of
prepared statements, rows that are asked for later, and names of columns.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import generators, waiting
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.engine import Dialect

from mockserver.storage.sql.database import Row
from mockserver.storage.sql.statements import Params, Statement

SETTINGS = {"standard_conforming_strings": "on", "client_encoding": "UTF8"}
"""Of a connection on which literals are what they are here."""

WAKING_SECONDS = 0.1
"""So often who waits for an answer looks around: at 0 he would do nothing else."""


def written_out(statement: Statement, params: Params, dialect: Dialect) -> str:
    """A statement with its values in their places."""
    texts, names = _pieces(statement.text(dialect))
    said = [texts[0]]
    for name, text in zip(names, texts[1:], strict=True):
        value = params[name]
        said += _LITERAL[type(value)](value), text
    return "".join(said)


@cache
def _pieces(text: str) -> tuple[Sequence[str], Sequence[str]]:
    """Texts, and the names of what stands between them."""
    parts = re.split(r"%\((\w+)\)s", text)
    return [part.replace("%%", "%") for part in parts[::2]], parts[1::2]


def storable(text: str) -> bytes:
    """Texts of PostgreSQL have neither NUL nor half characters; nothing that was stored is called so."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace")


def _quoted(text: str) -> str:
    return "'" + storable(text).decode().replace("'", "''") + "'"


_LITERAL: Mapping[type, Callable[[Any], str]] = {
    str: _quoted,
    int: lambda value: f"({value})" if value < 0 else str(value),
    bool: lambda value: "true" if value else "false",
    bytes: lambda value: rf"'\x{value.hex()}'::bytea",
    type(None): lambda _: "NULL",
}


def exchange(connection: psycopg.Connection[Any], message: str) -> Sequence[PGresult]:
    """The answer to each statement. Raises psycopg.Error."""
    line = connection.pgconn
    line.send_query(message.encode())
    results: Sequence[PGresult] = waiting.wait(generators.execute(line), line.socket, WAKING_SECONDS)
    last = results[-1]
    if last.status == ExecStatus.FATAL_ERROR:
        if line.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        raise psycopg.errors.error_from_result(last)
    return results


def rows_of(connection: psycopg.Connection[Any], result: PGresult) -> list[Row]:
    reading = Transformer(connection)
    reading.set_pgresult(result)
    return reading.load_rows(0, result.ntuples, tuple)

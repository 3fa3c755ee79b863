"""Gives a database its tables, and brings those of an older version up to the present one."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, literal, select, update

from mockserver.storage.sql.published import FIRST_VALUES
from mockserver.storage.sql.schema import DELIVERIES, METADATA, SHARED, VERSIONS, WEBHOOKS


def _with_webhooks(connection: Connection) -> None:
    METADATA.create_all(connection, [WEBHOOKS, DELIVERIES])
    connection.execute(insert(SHARED), {"name": "webhooks", "version": 1, "value": None})


MIGRATIONS: Sequence[Callable[[Connection], None]] = (_with_webhooks,)
"""The first makes version 2 of version 1, and so on."""

VERSION = len(MIGRATIONS) + 1


class NotOursError(Exception):
    """The tables are something else's, or a newer kordkit's: what they are, to follow the name of the database."""


def migrate(connection: Connection) -> None:
    """In the transaction of that connection, which has the database to itself. Raises NotOursError."""
    tables = inspect(connection).get_table_names()
    if VERSIONS.name not in tables:
        if tables:
            raise NotOursError(f"has tables that are not kordkit's ({', '.join(sorted(tables)[:3])})")
        METADATA.create_all(connection)
        connection.execute(insert(VERSIONS), {"version": VERSION})
        connection.execute(
            insert(SHARED), [{"name": name, "version": 1, "value": value} for name, value in FIRST_VALUES.items()]
        )
        return
    version = connection.execute(select(VERSIONS.c.version)).scalar_one()
    if version > VERSION:
        raise NotOursError(f"was written by a newer kordkit (version {version} of its tables, not {VERSION})")
    for migration in MIGRATIONS[version - 1 :]:
        migration(connection)
    connection.execute(update(VERSIONS).values(version=literal(VERSION)))

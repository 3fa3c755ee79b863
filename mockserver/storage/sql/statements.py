"""Statements of SQLAlchemy Core, compiled once for each database, with named parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, bindparam, case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

NOTHING: Mapping[str, Any] = {}


class Statement:
    __slots__ = ("_clause", "_texts")

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._texts: dict[str, str] = {}

    def text(self, dialect: Dialect) -> str:
        try:
            return self._texts[dialect.name]
        except KeyError:
            compiled = self._clause.compile(dialect=dialect)
            fixed = [name for name, value in compiled.params.items() if value is not None]
            if fixed:
                raise TypeError(f"values belong into parameters or literals: {compiled}") from None
            text = self._texts[dialect.name] = str(compiled)
            return text


def upsert(
    table: Table,
    *,
    adding: Sequence[str] = (),
    where: Mapping[str, Any] = NOTHING,
    only: Any = None,
    values: Mapping[str, Any] | None = None,
    returning: Any = None,
) -> Statement:
    """INSERT, or UPDATE where there is a row: what is `adding` is added to, and becomes NULL but `where` the row is so.
    `only` where it is so there is an UPDATE at all.

    All columns are parameters but those that have `values`.
    """
    made = {**{column.name: bindparam(column.name, type_=column.type) for column in table.columns}, **(values or {})}
    statement = insert(table).values(made)
    new, key = statement.excluded, [column.name for column in table.primary_key]
    changed: dict[str, Any] = {column.name: new[column.name] for column in table.columns if column.name not in key}
    changed |= {name: table.c[name] + new[name] for name in adding}
    changed |= {name: case((so, new[name])) for name, so in where.items()}
    whole = statement.on_conflict_do_update(index_elements=key, set_=changed, where=only)
    return Statement(whole if returning is None else whole.returning(returning))


def given(name: str, column: Column[Any]) -> Any:
    """A parameter of a column's type."""
    return bindparam(name, type_=column.type)

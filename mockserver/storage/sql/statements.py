"""Statements of SQLAlchemy Core, compiled once for each database, with named parameters."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, bindparam, case
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

NOTHING: Mapping[str, Any] = {}


class Statement:
    """`passing`: it costs nobody anything if the crash of a server undoes what it writes.

    `of_rows`: the same for so many rows at once, the parameters of each with its number behind their names.
    """

    __slots__ = ("_clause", "_texts", "of_rows", "passing")

    def __init__(
        self, clause: ClauseElement, *, passing: bool = False, of_rows: "Callable[[int], Statement] | None" = None
    ) -> None:
        self._clause = clause
        self._texts: dict[str, str] = {}
        self.passing = passing
        self.of_rows = of_rows

    @property
    def table(self) -> Table:
        """Of an INSERT."""
        table: Table = self._clause.table  # type: ignore[attr-defined]
        return table

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
    passing: bool = False,
) -> Statement:
    """INSERT, or UPDATE where there is a row: what is `adding` is added to, and becomes NULL but `where` the row is so.
    `only` where it is so there is an UPDATE at all.

    All columns are parameters but those that have `values`.
    """
    statement = insert(table).values({**_parameters(table), **(values or {})})
    return Statement(_on_conflict(statement, table, adding, where, only, returning), passing=passing)


def put(table: Table) -> Statement:
    """INSERT, or UPDATE where there is a row; for one row or several."""

    @cache
    def of_rows(count: int) -> Statement:
        return Statement(_on_conflict(insert(table).values([_parameters(table, f"_{n}") for n in range(count)]), table))

    return Statement(_on_conflict(insert(table).values(_parameters(table)), table), of_rows=of_rows)


def _parameters(table: Table, suffix: str = "") -> dict[str, Any]:
    return {column.name: given(column.name + suffix, column) for column in table.columns}


def _on_conflict(
    statement: Insert,
    table: Table,
    adding: Sequence[str] = (),
    where: Mapping[str, Any] = NOTHING,
    only: Any = None,
    returning: Any = None,
) -> ClauseElement:
    new, key = statement.excluded, [column.name for column in table.primary_key]
    changed: dict[str, Any] = {column.name: new[column.name] for column in table.columns if column.name not in key}
    changed |= {name: table.c[name] + new[name] for name in adding}
    changed |= {name: case((so, new[name])) for name, so in where.items()}
    whole = statement.on_conflict_do_update(index_elements=key, set_=changed, where=only)
    return whole if returning is None else whole.returning(returning)


def given(name: str, column: Column[Any]) -> Any:
    """A parameter of a column's type."""
    return bindparam(name, type_=column.type)

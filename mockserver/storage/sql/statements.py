"""Statements of SQLAlchemy Core, compiled once for each database, with named parameters."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Table, bindparam, case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Params = Mapping[str, Any]
NOTHING: Params = {}
Placed = tuple[str, Sequence[Any]]
"""The text of a statement, and the values of its parameters in their places."""


class Statement:
    """`passing`: it costs nobody anything if the crash of a server undoes what it writes.

    `late`: nothing but a full disk can refuse what it writes, and others of its kind may be written between it and what
    was written before it. So it may be carried out when the unit of work is long over.
    """

    __slots__ = ("_clause", "_placed", "_texts", "late", "passing")

    def __init__(self, clause: ClauseElement, *, passing: bool = False, late: bool = False) -> None:
        self._clause = clause
        self._texts: dict[str, str] = {}
        self._placed: tuple[str, Callable[[Params], Sequence[Any]]] | None = None
        self.passing = passing
        self.late = late

    @property
    def table(self) -> Table:
        """Of an INSERT."""
        table: Table = self._clause.table  # type: ignore[attr-defined]
        return table

    def text(self, dialect: Dialect) -> str:
        try:
            return self._texts[dialect.name]
        except KeyError:
            text = self._texts[dialect.name] = str(self._compiled(dialect))
            return text

    def placed(self, dialect: Dialect, params: Params) -> Placed:
        """For a dialect that has no names for parameters."""
        if self._placed is None:
            names = self._compiled(dialect).positiontup or ()
            in_order = itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names]
            self._placed = self.text(dialect), in_order
        text, values = self._placed
        return text, values(params)

    def _compiled(self, dialect: Dialect) -> SQLCompiler:
        compiled: SQLCompiler = self._clause.compile(dialect=dialect)  # type: ignore[assignment]
        if any(value is not None for value in compiled.params.values()):
            raise TypeError(f"values belong into parameters or literals: {compiled}")
        return compiled


def upsert(
    table: Table,
    *,
    adding: Sequence[str] = (),
    where: Mapping[str, Any] = NOTHING,
    only: Any = None,
    values: Mapping[str, Any] | None = None,
    returning: Any = None,
    passing: bool = False,
    late: bool = False,
) -> Statement:
    """INSERT, or UPDATE where there is a row: what is `adding` is added to, and becomes NULL but `where` the row is so.
    `only` where it is so there is an UPDATE at all.

    All columns are parameters but those that have `values`.
    """
    parameters = {column.name: given(column.name, column) for column in table.columns}
    statement = insert(table).values({**parameters, **(values or {})})
    new, key = statement.excluded, [column.name for column in table.primary_key]
    changed: dict[str, Any] = {column.name: new[column.name] for column in table.columns if column.name not in key}
    changed |= {name: table.c[name] + new[name] for name in adding}
    changed |= {name: case((so, new[name])) for name, so in where.items()}
    whole = statement.on_conflict_do_update(index_elements=key, set_=changed, where=only)
    return Statement(whole if returning is None else whole.returning(returning), passing=passing, late=late)


def given(name: str, column: Column[Any]) -> Any:
    """A parameter of a column's type."""
    return bindparam(name, type_=column.type)

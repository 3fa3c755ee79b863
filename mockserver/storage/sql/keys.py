"""API keys in a database."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from mockserver.domain.keys import ApiKey
from mockserver.storage.sql.published import KEYS as NAME
from mockserver.storage.sql.rows import ALL_KEYS, key_of, row_of_key
from mockserver.storage.sql.schema import KEYS
from mockserver.storage.sql.statements import Statement, given
from mockserver.storage.sql.unit import Collection, Unit

_K = KEYS.c
_AT = _K.id == given("at", _K.id)
_GET, _GET_LOCKED = Statement(select(KEYS).where(_AT)), Statement(select(KEYS).where(_AT).with_for_update())
_USED = Statement(select(_K.last_used).where(_AT))
_CHANGED = [column for column in _K if column.name not in ("place", "last_used")]
_UPDATE = Statement(
    update(KEYS).where(_AT).values({column: bindparam(f"new_{column.name}", type_=column.type) for column in _CHANGED})
)
_NEXT = select(func.coalesce(func.max(_K.place), literal_column("0")) + literal_column("1")).scalar_subquery()
_ADD = Statement(
    insert(KEYS).values(
        {**{column: bindparam(f"new_{column.name}", type_=column.type) for column in _CHANGED}, _K.place: _NEXT}
    )
)
_INSERT = Statement(insert(KEYS))
_DELETE = Statement(delete(KEYS))
_USE = Statement(update(KEYS).where(_AT).values(last_used=given("becomes", _K.last_used)), passing=True)


class SqlKeys(Collection):
    order = 6

    def __init__(self, unit: Unit, uses: dict[str, int]) -> None:
        """`uses` are those of this process that have not been written yet."""
        super().__init__(unit)
        self._uses = uses
        self._restarted = False

    def get(self, key_id: str) -> ApiKey | None:
        rows = self.unit.ask(_GET_LOCKED if self.unit.locks else _GET, at=key_id)
        return key_of(rows[0]) if rows else None

    def save(self, key: ApiKey) -> None:
        self.unit.changed.add(NAME)
        row = {f"new_{name}": value for name, value in row_of_key(key).items()}
        if self.get(key.id) is None:
            self.unit.run(_ADD, **row)
        else:
            self.unit.run(_UPDATE, at=key.id, **row)

    def all(self) -> Sequence[ApiKey]:
        return list(map(key_of, self.unit.ask(ALL_KEYS)))

    def last_used(self, key_id: str) -> int | None:
        if not self._restarted and key_id in self._uses:
            return self._uses[key_id]
        rows = self.unit.ask(_USED, at=key_id)
        return rows[0][0] if rows else None

    def note_uses(self, uses: Mapping[str, int]) -> None:
        for key_id, now in sorted(uses.items()):
            self.unit.run(_USE, at=key_id, becomes=now)

    def restart(self, keys: Iterable[ApiKey], last_used: Mapping[str, int]) -> None:
        self.unit.require_alone(self)
        self.unit.changed.add(NAME)
        if not self._restarted:
            self._restarted = True
            self.unit.undo(self._not_restarted)
        self.unit.run(_DELETE)
        rows = (
            {**row_of_key(key), "place": place, "last_used": last_used.get(key.id)}
            for place, key in enumerate(keys, start=1)
        )
        self.unit.many(_INSERT, rows)
        self.unit.then(self._uses.clear)

    def _not_restarted(self) -> None:
        self._restarted = False

"""What everybody goes by, and nobody wants to ask the database for: it is kept, and asked for again when it changed.

Each has a row in `kordkit_shared`, whose version counts its changes. A part that is to be kept is one more entry of
`PARTS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, cast, func, literal_column, select, update

from mockserver.ports import ClockSetting, Origin, Switch
from mockserver.storage.sql.database import Transaction
from mockserver.storage.sql.rows import ALL_FAULTS, ALL_KEYS, ALL_WEBHOOKS, fault_of, key_of, webhook_of
from mockserver.storage.sql.schema import SHARED
from mockserver.storage.sql.statements import Statement, given

CLOCK, FAULTS, IDS, KEYS, ORIGIN, SWITCH = "clock", "faults", "ids", "keys", "origin", "switch"
WEBHOOKS = "webhooks"

_AT = SHARED.c.name == given("at", SHARED.c.name)
COUNT_CHANGE = Statement(update(SHARED).where(_AT).values(version=SHARED.c.version + literal_column("1")))
WRITE = Statement(update(SHARED).where(_AT).values(value=given("becomes", SHARED.c.value)), late=True)
READ = Statement(select(SHARED.c.value).where(_AT))
READ_LOCKED = Statement(select(SHARED.c.value).where(_AT).with_for_update())
READ_ALL = Statement(select(SHARED))
AGE = Statement(select(cast(func.sum(SHARED.c.version), BigInteger)))

Read = Callable[[Transaction, str | None], Any]


def written(value: tuple[Any, ...]) -> str:
    """A value of one of the parts, as it stands in its row."""
    return orjson.dumps([*value]).decode()


def _value(kind: Callable[..., Any]) -> Read:
    return lambda _, value: kind(*orjson.loads(value)) if value is not None else None


PARTS: Mapping[str, Read] = {
    CLOCK: _value(ClockSetting),
    FAULTS: lambda transaction, _: {
        standing.id: standing.fault for standing in map(fault_of, transaction.ask(ALL_FAULTS, {}))
    },
    IDS: lambda _, value: value,
    KEYS: lambda transaction, _: {key.digest: key for key in map(key_of, transaction.ask(ALL_KEYS, {}))},
    ORIGIN: _value(Origin),
    SWITCH: _value(Switch),
    WEBHOOKS: lambda transaction, _: {
        webhook.id: webhook for webhook in map(webhook_of, transaction.ask(ALL_WEBHOOKS, {}))
    },
}
FIRST_VALUES: Mapping[str, str | None] = {
    **dict.fromkeys(PARTS),
    CLOCK: written(ClockSetting()),
    SWITCH: written(Switch()),
}


class Published(NamedTuple):
    """`versions` says of each name which of its values this is."""

    versions: Mapping[str, int]
    values: Mapping[str, Any]

    @property
    def age(self) -> int:
        """The newer, the more: how often something has changed."""
        return sum(self.versions.values())

    def as_seen(self, transaction: Transaction) -> "Published":
        """This one, unless the transaction sees that something has changed."""
        return self if transaction.age() == self.age else self.renewed(transaction)

    def renewed(self, transaction: Transaction) -> "Published":
        """As the transaction sees it; only what has changed is read anew."""
        rows = transaction.ask(READ_ALL, {})
        values = {
            name: self.values[name] if self.versions.get(name) == version else PARTS[name](transaction, value)
            for name, version, value in rows
        }
        return Published({name: version for name, version, _ in rows}, values)


NOTHING = Published({}, {})

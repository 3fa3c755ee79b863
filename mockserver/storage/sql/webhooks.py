"""Webhooks in a database: what everybody goes by."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, literal_column, select

from mockserver.domain.webhooks import Webhook
from mockserver.storage.sql.published import WEBHOOKS as NAME
from mockserver.storage.sql.rows import ALL_WEBHOOKS, row_of_webhook, webhook_of
from mockserver.storage.sql.schema import WEBHOOKS
from mockserver.storage.sql.statements import Statement, given, upsert
from mockserver.storage.sql.unit import Collection

_W = WEBHOOKS.c
_AT = _W.id == given("at", _W.id)
_GET = Statement(select(WEBHOOKS).where(_AT))
_LAST = Statement(select(func.coalesce(func.max(_W.place), literal_column("0"))))
_SAVE = upsert(WEBHOOKS)
_INSERT = Statement(insert(WEBHOOKS))
_DELETE, _DELETE_ALL = Statement(delete(WEBHOOKS).where(_AT)), Statement(delete(WEBHOOKS))


class SqlWebhooks(Collection):
    order = 8

    def get(self, webhook_id: str) -> Webhook | None:
        rows = self.unit.ask(_GET, at=webhook_id)
        return webhook_of(rows[0]) if rows else None

    def save(self, webhook: Webhook) -> None:
        self.unit.changed.add(NAME)
        known = self.unit.ask(_GET, at=webhook.id)
        [(last,)] = self.unit.ask(_LAST)
        self.unit.run(_SAVE, **row_of_webhook(webhook), place=known[0][1] if known else last + 1)

    def delete(self, webhook_id: str) -> None:
        self.unit.changed.add(NAME)
        self.unit.run(_DELETE, at=webhook_id)

    def all(self) -> Sequence[Webhook]:
        return list(map(webhook_of, self.unit.ask(ALL_WEBHOOKS)))

    def restart(self, webhooks: Iterable[Webhook]) -> None:
        self.unit.require_alone(self)
        self.unit.changed.add(NAME)
        self.unit.run(_DELETE_ALL)
        rows = ({**row_of_webhook(webhook), "place": place} for place, webhook in enumerate(webhooks, start=1))
        self.unit.many(_INSERT, rows)

"""The smaller parts of the state in memory."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Webhook
from mockserver.ports import ClockSetting, Ids, Origin, ReplayRecord, StandingFault
from mockserver.storage.table import Table, putting_back, swapping


class MemoryClock(Table):
    order = 1

    def __init__(self) -> None:
        super().__init__()
        self._clock = ClockSetting()

    def get(self) -> ClockSetting:
        return self._clock

    def set(self, clock: ClockSetting) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_clock"))
        self.republished = True
        self._clock = clock


class MemoryIds(Table):
    """A source of ids, which is drawn from by one unit of work at a time."""

    order = 3

    def __init__(self, source: Ids) -> None:
        super().__init__()
        self._source = source

    def booking_id(self) -> str:
        return self._source.booking_id()

    def key_value(self, environment: str | None) -> str:
        return self._source.key_value(environment)

    def key_id(self) -> str:
        return self._source.key_id()

    def webhook_id(self) -> str:
        return self._source.webhook_id()

    def webhook_secret(self) -> str:
        return self._source.webhook_secret()

    def delivery_id(self) -> str:
        return self._source.delivery_id()

    def restart(self) -> None:
        self.require_alone()
        self.undo.append((self._source.load, self._source.dump()))
        self._source.restart()

    def dump(self) -> dict[str, Any]:
        return self._source.dump()

    def load(self, dumped: Mapping[str, Any]) -> None:
        self.require_alone()
        self.undo.append((self._source.load, self._source.dump()))
        self._source.load(dumped)


class MemoryReplays(Table):
    """In the order of arrival, nearly: the expired ones stand in front."""

    order = 5

    def __init__(self) -> None:
        super().__init__()
        self._records: OrderedDict[tuple[str, str], ReplayRecord] = OrderedDict()

    def claim(self, scope: str, key: str, record: ReplayRecord, forgotten: int) -> ReplayRecord | None:
        known = self._records.get((scope, key))
        if known is not None and known.arrived > forgotten:
            return known
        self.save(scope, key, record)
        self._records.move_to_end((scope, key))
        return None

    def save(self, scope: str, key: str, record: ReplayRecord) -> None:
        self.undo.append(putting_back(self._records, (scope, key)))
        self._records[scope, key] = record

    def delete(self, scope: str, key: str) -> None:
        if (scope, key) in self._records:
            self.undo.append(putting_back(self._records, (scope, key)))
            del self._records[scope, key]

    def forget(self, arrived: int) -> None:
        records = self._records
        while records:
            name, record = next(iter(records.items()))
            if record.arrived > arrived:
                return
            self.undo.append((self._put_in_front, name, record))
            del records[name]
            if not records:
                self.undo.append(swapping(self, "_records"))
                self._records = OrderedDict()  # an emptied table keeps its size

    def _put_in_front(self, name: tuple[str, str], record: ReplayRecord) -> None:
        self._records[name] = record
        self._records.move_to_end(name, last=False)

    def oldest(self) -> int | None:
        return next(iter(self._records.values())).arrived if self._records else None

    def all(self) -> Sequence[tuple[str, str, ReplayRecord]]:
        return [(scope, key, record) for (scope, key), record in self._records.items()]

    def restart(self, replays: Iterable[tuple[str, str, ReplayRecord]]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_records"))
        self._records = OrderedDict(((scope, key), record) for scope, key, record in replays)


class MemoryKeys(Table):
    """Tables of keys are copied when one is saved, as they are read without a unit of work, and far more often: once in
    a unit of work, which nobody else sees before its end."""

    order = 6

    def __init__(self) -> None:
        super().__init__()
        self.by_digest: Mapping[bytes, ApiKey] = {}
        self._by_id: Mapping[str, ApiKey] = {}
        self._copies: tuple[dict[bytes, ApiKey], dict[str, ApiKey]] = {}, {}
        self._last_used: dict[str, int] = {}

    def get(self, key_id: str) -> ApiKey | None:
        return self._by_id.get(key_id)

    def save(self, key: ApiKey) -> None:
        if not self.republished or self._copies[1] is not self._by_id:
            self.undo.append(swapping(self, "by_digest", "_by_id"))
            self._copies = dict(self.by_digest), dict(self._by_id)
            self.by_digest, self._by_id = self._copies
            self.republished = True
        by_digest, by_id = self._copies
        self.undo += putting_back(by_digest, key.digest), putting_back(by_id, key.id)
        by_digest[key.digest] = key
        by_id[key.id] = key

    def all(self) -> Sequence[ApiKey]:
        return list(self._by_id.values())

    def note_use(self, key_id: str, now: int) -> None:
        """At once, and by anybody: one assignment, which no unit of work needs to be kept from."""
        self._last_used[key_id] = now

    def last_used(self, key_id: str) -> int | None:
        return self._last_used.get(key_id)

    def restart(self, keys: Iterable[ApiKey], last_used: Mapping[str, int]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "by_digest", "_by_id", "_last_used"))
        self.republished = True
        self._by_id = {key.id: key for key in keys}
        self.by_digest = {key.digest: key for key in self._by_id.values()}
        self._last_used = dict(last_used)


class MemoryFaults(Table):
    """Their rules are copied when one is set or removed, as they are read without a unit of work; counts are not."""

    order = 7

    def __init__(self) -> None:
        super().__init__()
        self.rules: Mapping[str, Fault] = {}
        self._standing: dict[str, StandingFault] = {}

    def get(self, fault_id: str) -> StandingFault | None:
        return self._standing.get(fault_id)

    def save(self, standing: StandingFault) -> None:
        known = self._standing.get(standing.id)
        self.undo.append(putting_back(self._standing, standing.id))
        self._standing[standing.id] = standing
        if known is None or known.fault != standing.fault:
            self._ruled()

    def delete(self, fault_id: str) -> None:
        self.undo.append(swapping(self, "_standing"))
        self._standing = {name: standing for name, standing in self._standing.items() if name != fault_id}
        self._ruled()

    def all(self) -> Sequence[StandingFault]:
        return list(self._standing.values())

    def restart(self, faults: Iterable[StandingFault]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_standing"))
        self._standing = {standing.id: standing for standing in faults}
        self._ruled()

    def _ruled(self) -> None:
        self.undo.append(swapping(self, "rules"))
        self.republished = True
        self.rules = {name: standing.fault for name, standing in self._standing.items()}


class MemoryWebhooks(Table):
    """Copied when one is registered or removed, as they are read without a unit of work."""

    order = 8

    def __init__(self) -> None:
        super().__init__()
        self.by_id: Mapping[str, Webhook] = {}

    def get(self, webhook_id: str) -> Webhook | None:
        return self.by_id.get(webhook_id)

    def save(self, webhook: Webhook) -> None:
        self._become({**self.by_id, webhook.id: webhook})

    def delete(self, webhook_id: str) -> None:
        self._become({name: webhook for name, webhook in self.by_id.items() if name != webhook_id})

    def all(self) -> Sequence[Webhook]:
        return list(self.by_id.values())

    def restart(self, webhooks: Iterable[Webhook]) -> None:
        self.require_alone()
        self._become({webhook.id: webhook for webhook in webhooks})

    def _become(self, by_id: Mapping[str, Webhook]) -> None:
        self.undo.append(swapping(self, "by_id"))
        self.republished = True
        self.by_id = by_id


class MemoryOrigin(Table):
    order = -1

    def __init__(self) -> None:
        super().__init__()
        self._origin: Origin | None = None

    def get(self) -> Origin | None:
        return self._origin

    def set(self, origin: Origin) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_origin"))
        self._origin = origin

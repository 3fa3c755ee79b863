"""Where the next id comes from: chance, or a sequence that the database keeps.

One process alone has the sequence at hand and only writes down how far it came. Where several draw from one, each draw
is a transaction of its own, so that what was drawn stays drawn and nobody waits for the end of another's unit of work.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mockserver.ports import Ids
from mockserver.storage.sql.database import Database, Mode, Write
from mockserver.storage.sql.published import COUNT_CHANGE, IDS, READ, READ_LOCKED, WRITE
from mockserver.storage.sql.unit import Collection, Unit


class Sequence:
    """`source` is this process's; `kept` is what was loaded into it or dumped from it last."""

    def __init__(self, source: Ids, database: Database) -> None:
        self.source = source
        self.database = database
        self.lock = threading.RLock()
        self._kept: str | None = None
        self.by_chance: str | None = None
        """With this, what is drawn depends on nothing that was drawn."""

    def load(self, kept: str | None) -> None:
        """Raises as `Ids.load` does."""
        if kept is not None and kept != self._kept:
            self.source.load(orjson.loads(kept))
            self._kept = kept

    def dump(self) -> str:
        self._kept = orjson.dumps(self.source.dump()).decode()
        return self._kept

    def next(self, draw: Callable[[Ids], str], write: Callable[[str], None]) -> str:
        """`write` is called with what is to be kept, if that has changed."""
        before = self._kept
        drawn = draw(self.source)
        if (kept := self.dump()) != before:
            write(kept)
        return drawn

    def next_of_all(self, draw: Callable[[Ids], str]) -> str:
        transaction = self.database.begin(Mode.APART)
        try:
            [(kept,)] = transaction.ask(READ_LOCKED, {"at": IDS})
            self.load(kept)
            drawn = draw(self.source)
            writes = []
            if (now := self.dump()) != kept:
                writes = [Write(WRITE, {"at": IDS, "becomes": now})]
            elif now != self.by_chance:
                # It needs no sequence, or no more: from now on nobody has to ask.
                self.by_chance = now
                writes = [Write(COUNT_CHANGE, {"at": IDS})]
            transaction.commit(writes, lasting=False)  # what an id is for, if it is to last, is committed later
        except BaseException:
            transaction.roll_back()
            raise
        return drawn


class SqlIds(Collection):
    order = 3

    def __init__(self, unit: Unit, sequence: Sequence) -> None:
        super().__init__(unit)
        self._sequence = sequence

    def booking_id(self) -> str:
        return self._drawn(lambda source: source.booking_id())

    def key_value(self, environment: str | None) -> str:
        return self._drawn(lambda source: source.key_value(environment))

    def key_id(self) -> str:
        return self._drawn(lambda source: source.key_id())

    def webhook_id(self) -> str:
        return self._drawn(lambda source: source.webhook_id())

    def webhook_secret(self) -> str:
        return self._drawn(lambda source: source.webhook_secret())

    def delivery_id(self) -> str:
        return self._drawn(lambda source: source.delivery_id())

    def restart(self) -> None:
        self._begin_with(lambda source: source.restart())

    def load(self, dumped: Mapping[str, Any]) -> None:
        self._begin_with(lambda source: source.load(dumped))

    def dump(self) -> dict[str, Any]:
        sequence = self._sequence
        with sequence.lock:
            if sequence.database.several:
                sequence.load(self._in_force())
            return sequence.source.dump()

    def _begin_with(self, how: Callable[[Ids], None]) -> None:
        sequence = self._sequence
        with sequence.lock:
            before = sequence.dump()
            self.unit.undo(lambda: sequence.load(before))
            how(sequence.source)
            self.unit.change(self, IDS, sequence.dump())

    def _in_force(self) -> str | None:
        """Which is not what was published: draws are too many to be told of each."""
        [(kept,)] = self.unit.ask(READ, at=IDS)
        return kept  # type: ignore[no-any-return]

    def _drawn(self, draw: Callable[[Ids], str]) -> str:
        sequence = self._sequence
        with sequence.lock:
            if not sequence.database.several:
                return sequence.next(draw, lambda kept: self.unit.run(WRITE, at=IDS, becomes=kept))
            if self.unit.mode is Mode.ALONE:
                sequence.load(self._in_force())
                return sequence.next(draw, lambda kept: self.unit.change(self, IDS, kept))
            if sequence.by_chance is not None and sequence.by_chance == self.unit.shared(IDS):
                sequence.load(sequence.by_chance)
                return draw(sequence.source)
            return sequence.next_of_all(draw)

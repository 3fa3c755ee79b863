"""How the mock's clock differs from real time, and what the state was begun from."""

from mockserver.ports import ClockSetting, Origin
from mockserver.storage.sql.published import CLOCK, ORIGIN, written
from mockserver.storage.sql.unit import Collection


class SqlClock(Collection):
    order = 1

    def get(self) -> ClockSetting:
        setting: ClockSetting = self.unit.shared(CLOCK)
        return setting

    def set(self, setting: ClockSetting) -> None:
        self.unit.change(self, CLOCK, written(setting))


class SqlOrigin(Collection):
    order = -1

    def get(self) -> Origin | None:
        origin: Origin | None = self.unit.shared(ORIGIN)
        return origin

    def set(self, origin: Origin) -> None:
        self.unit.change(self, ORIGIN, written(origin))

"""What whoever runs a mock can do with faults."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.application.fault_rules import rules_of
from mockserver.application.refusals import UnknownError
from mockserver.application.world import World
from mockserver.ports import StandingFault


class FaultAdmin:
    def __init__(self, world: World) -> None:
        self._world = world

    def all(self) -> Sequence[StandingFault]:
        with self._world.state.look() as work:
            return work.faults.all()

    def add(self, stated: Mapping[str, Any]) -> Sequence[StandingFault]:
        """A rule, or a profile's; behind those that are in force. Raises ValueError, a sentence with the place."""
        with self._world.state.work(alone=True) as work:
            keys = {key.id for key in work.keys.all()}
            faults = [self._world.nameable.fault(rule, keys) for rule in rules_of(stated)]
            first = 1 + max((standing.number for standing in work.faults.all()), default=0)
            added = [StandingFault.numbered(number, fault) for number, fault in enumerate(faults, first)]
            for standing in added:
                work.faults.save(standing)
            return added

    def remove(self, fault_id: str) -> None:
        """Raises UnknownError."""
        with self._world.state.work(alone=True) as work:
            if work.faults.get(fault_id) is None:
                raise UnknownError(f"there is no fault {fault_id}; those in force stand in GET /_mock/faults")
            work.faults.delete(fault_id)

    def clear(self) -> None:
        with self._world.state.work(alone=True) as work:
            work.faults.restart(())

"""Profiles of faults as switches: on, when every rule of one is in force."""

from collections.abc import Mapping, Sequence

from mockserver.application.fault_rules import PROFILES, rules_of
from mockserver.application.refusals import UnknownError
from mockserver.application.world import World
from mockserver.domain.faults import Fault
from mockserver.ports import StandingFault


class FaultProfiles:
    def __init__(self, world: World) -> None:
        self._world = world

    def in_force(self) -> Mapping[str, bool]:
        """Each profile by name."""
        with self._world.state.look() as work:
            standing = work.faults.all()
        return {name: bool(_of(name, standing)) for name in PROFILES}

    def switch(self, name: str, *, on: bool) -> None:
        """Rules that stand there beside it stay. Raises UnknownError."""
        if name not in PROFILES:
            raise UnknownError(f"there is no profile {name}; there are {', '.join(PROFILES)}")
        with self._world.state.work(alone=True) as work:
            standing = work.faults.all()
            found = _of(name, standing)
            if on and not found:
                first = 1 + max((each.number for each in standing), default=0)
                for number, fault in enumerate(_rules(name), first):
                    work.faults.save(StandingFault.numbered(number, fault))
            if not on:
                for each in found:
                    work.faults.delete(each.id)


def _rules(name: str) -> list[Fault]:
    return [Fault.of(values) for values in rules_of(name)]


def _of(name: str, standing: Sequence[StandingFault]) -> list[StandingFault]:
    """Those that are the profile's, one for each of its rules; none, unless all of them are there."""
    left, found = list(standing), []
    for rule in _rules(name):
        mine = next((each for each in left if each.fault == rule), None)
        if mine is None:
            return []
        left.remove(mine)
        found.append(mine)
    return found

"""The faults in force: which of them fire for a request."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.domain.faults import Action
from mockserver.domain.matching import Asked
from mockserver.ports import State


class Firing(NamedTuple):
    """A fault that fires; `delay` is the latency's, in seconds."""

    id: str
    action: Action
    delay: float


def fire(state: State, asked: Asked) -> Sequence[Firing]:
    """What is done to this request, in order: latencies add up, whatever else comes first is the only one.

    Counts the request for each fault that it was shown to; those behind what ends the search are not shown it.
    """
    matching = [fault_id for fault_id, fault in state.faults.items() if fault.match.fits(asked)]
    firing: list[Firing] = []
    if not matching:
        return firing
    with state.work() as work:
        for fault_id in matching:
            standing = work.faults.get(fault_id)
            if standing is None:
                continue  # removed meanwhile
            fault, number = standing.fault, standing.matched + 1
            fires = fault.fires(number, standing.fired)
            work.faults.save(standing._replace(matched=number, fired=standing.fired + fires))
            if fires:
                firing.append(Firing(fault_id, fault.action, fault.action.delay(fault.seed, number)))
                if fault.action.kind != "latency":
                    break
    return firing

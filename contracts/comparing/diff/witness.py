"""The client of a journey: what it is answered, in the order in which it asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.exchange import Answer, Request, Wire
from contracts.target.client import Target, UnansweredError
from contracts.target.clock import ServerClock
from contracts.target.control import ControlApi


@dataclass(frozen=True, slots=True)
class Silence:
    """A request that was not answered; `seen` reads on from "the server"."""

    request: Request
    seen: str


Seen = Answer | Wire | Silence


class StoppedClock(ServerClock):
    """Of a server whose clock stands still at `moment` (Unix seconds), unless it is moved here: nothing that is told
    of time depends on how fast this machine is."""

    def __init__(self, control: ControlApi, moment: int) -> None:
        super().__init__(control)
        self.moment = moment

    @property
    def now(self) -> float:
        return self.moment + self._ahead

    def rewind(self) -> None:
        """The server was put back to the moment."""
        self._ahead = 0.0
        self.moved = 0


class Witness(Target):
    """A target that remembers what was `seen`. What a rule would send together goes one after the other: which of them
    comes first would be chance."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.seen: list[Seen] = []

    def send(self, request: Request, *, paced: bool = True) -> Answer:
        try:
            answer = super().send(request, paced=paced)
        except UnansweredError as error:
            self.seen.append(Silence(request, error.seen))
            raise
        self.seen.append(answer)
        return answer

    def send_together(self, batch: Sequence[Request]) -> list[Answer]:
        return [self.send(request, paced=False) for request in batch]

    def raw(self, request: Request) -> Wire:
        try:
            wire = super().raw(request)
        except UnansweredError as error:
            self.seen.append(Silence(request, error.seen))
            raise
        self.seen.append(wire)
        return wire

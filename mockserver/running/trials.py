"""A command's runs under readings: bounded in number and time, each with a mock of its own."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import click

from mockserver.running.beside import Beside, CannotRunError
from mockserver.running.environment import without_keys
from mockserver.running.experiment import AS_SHIPPED, Attempt, EndedEarlyError
from mockserver.running.processes import TIMED_OUT, CompanionEndedError
from mockserver.wiring.readings import Reading

SAID = 8 * 1024  # bytes of a command's last words
PATIENCE, LEAST_PATIENCE = (
    10.0,
    30.0,
)  # times as long as under reading 0 may a run take; seconds that it may in any case


@dataclass(slots=True)
class Trials:
    """`runs` and `seconds` are what there may be in all; `told` is called with each reading before it is tried."""

    beside: Beside
    flags: Mapping[str, Any]
    runs: int
    seconds: float
    told: Callable[[Reading], None]
    advice: Sequence[Mapping[str, Any]] | None = None
    status: int = 0
    _began: float = field(default_factory=time.monotonic)
    _usual: float | None = None
    _made: int = 0

    def attempt(self, reading: Reading) -> Attempt:
        """Raises EndedEarlyError; CompanionEndedError and CannotRunError if the first cannot even be begun."""
        left = self._began + self.seconds - time.monotonic()
        if self._made >= self.runs:
            raise EndedEarlyError(f"{self.runs} runs were made, as many as --max-runs lets be made")
        if left <= 0:
            raise EndedEarlyError(f"{self.seconds:.0f} s have passed, as many as --max-seconds lets pass")
        self.told(reading)
        patience = left if self._usual is None else min(left, max(LEAST_PATIENCE, PATIENCE * self._usual))
        began = time.monotonic()
        with TemporaryFile() as output:
            try:
                ended = self.beside.run(
                    output, patience, hushed=self._made > 0, **{**self.flags, "reading": str(reading) or "0"}
                )
            except (CompanionEndedError, CannotRunError) as error:
                if not self._made:
                    raise
                raise EndedEarlyError(f"the run under {_named(reading)} could not be begun") from error
            said = without_keys(_last_words(output), ended.ready)
        if ended.exit_code == TIMED_OUT:
            said += f"\n(it was given {patience:.0f} s)"
        took = time.monotonic() - began
        self._require(ended.lasted, reading)
        self._made += 1
        if reading == AS_SHIPPED and self._usual is None:
            self._usual, self.advice, self.status = took, ended.advice, ended.status
        return Attempt(ended.exit_code, round(took, 3), said)

    def _require(self, lasted: bool, reading: Reading) -> None:
        if self.beside.attendant.told:
            raise EndedEarlyError("it was interrupted")
        if not lasted:
            raise EndedEarlyError(f"the mock ended before the command did, under {_named(reading)}")
        if time.monotonic() > self._began + self.seconds:
            raise EndedEarlyError(f"{self.seconds:.0f} s have passed, as many as --max-seconds lets pass")


def _named(reading: Reading) -> str:
    return f"reading {reading}" if reading.number is not None else str(reading)


def _last_words(output: BinaryIO) -> str:
    size = output.seek(0, 2)
    output.seek(max(0, size - SAID))
    text = click.unstyle(output.read().decode("utf-8", "replace"))
    return text if size <= SAID else text.partition("\n")[2]

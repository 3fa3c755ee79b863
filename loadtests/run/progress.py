"""What is seen while a run goes on: one line that changes on a terminal, a line now and then elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from loadtests.measure.statistics import Statistics

EVERY = 10.0  # seconds between plain lines


class Progress:
    """Call it with the seconds since the start and what was counted so far."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting", console=console) if console.is_terminal else None
        self._told = 0.0

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, elapsed: float, statistics: Statistics) -> None:
        if self._status is not None:
            self._status.update(line(elapsed, statistics))
        elif elapsed - self._told >= EVERY:
            self._told = elapsed
            self._console.print(line(elapsed, statistics), soft_wrap=True)


def line(elapsed: float, statistics: Statistics) -> str:
    total, arrivals = statistics.of(), statistics.arrivals
    parts = [f"{elapsed:.0f} s", f"{total.count:,} answers", f"{total.refused:,} refused", f"{total.errors:,} errors"]
    parts += [f"{count:,} {name}" for name in ("late", "dropped") if (count := getattr(arrivals, name))]
    if (p95 := total.latency.percentile(95)) is not None:
        parts.append(f"p95 {p95:,.1f} ms")
    return ", ".join(parts)

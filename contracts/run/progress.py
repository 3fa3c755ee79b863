"""What is seen while a check goes on: a bar where a person is watching, elsewhere a line every ten seconds."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from contracts.target.client import Target
from contracts.target.clock import monotonic
from contracts.verdicts import RuleResult

EVERY = 10.0  # seconds between plain lines
SHOWN = 34  # characters of a rule's id on the bar


class Watching:
    """Told by the run how far it is; on the console of `total` rules."""

    def __init__(self, console: Console, target: Target, total: int) -> None:
        self._console = console
        self._target = target
        self._began = monotonic()
        self._doing = f"0 of {total} rules"
        self._over = Event()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("checking", total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        else:
            Thread(target=self._tell, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        if self._bar is not None:
            self._bar.stop()

    def rule_done(self, done: int, total: int, result: RuleResult) -> None:
        self._doing = f"{done} of {total} rules"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, description=escape(f"{result.id[:SHOWN]:{SHOWN}}"))

    def tell(self, line: str) -> None:
        """At once."""
        self._doing = line
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)

    def canceling(self, done: int, total: int) -> None:
        """Of the bookings that the check made: at once the first time, for it may take long."""
        self._doing = f"{done} of {total} bookings canceled, at the pace of the server's limits"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description="canceling what was booked")
        elif done == 0:
            self._line()

    def _tell(self) -> None:
        while not self._over.wait(EVERY):
            self._line()

    def _line(self) -> None:
        told = f"{self._doing}; {self._target.sent} requests in {monotonic() - self._began:.0f} s"
        self._console.print(told, soft_wrap=True, highlight=False, markup=False)

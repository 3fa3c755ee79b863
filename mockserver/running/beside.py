"""One run of a command with a mock beside it, from the mock's start to its end."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from mockserver.running.environment import environment
from mockserver.running.processes import Attendant, Companion


class CannotRunError(Exception):
    """The command cannot be started: one sentence, and the exit code that shells have for it."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


NOT_EXECUTABLE, NOT_FOUND = 126, 127  # as shells have it


@dataclass(frozen=True, slots=True)
class Ended:
    """`exit_code` is the command's, `status` the mock's own; `lasted` tells whether the mock was there until the end.

    `ready` is what the mock said when it began, `advice` what it found, None if it did not last.
    """

    exit_code: int
    status: int
    lasted: bool
    ready: Mapping[str, Any]
    advice: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Beside:
    """`serve` starts the mock, and returns when that is told to end; `target` is its ready-file; `folder` is for what
    is of no use to others; `log` is where the mock's lines go."""

    serve: Callable[..., None]
    command: Sequence[str]
    attendant: Attendant
    folder: Path
    target: Path
    log: TextIO

    def run(
        self, output: BinaryIO | None = None, seconds: float | None = None, *, hushed: bool = False, **flags: Any
    ) -> Ended:
        """`output` takes what the command says, None: it says it itself; `seconds` is how long it may take. What a
        hushed mock says once it is there goes to the log.

        Raises CompanionEndedError; CannotRunError.
        """
        conclusion = self.folder / "conclusion.json"
        conclusion.unlink(missing_ok=True)
        companion = Companion.fork()
        if not isinstance(companion, Companion):
            ready = partial(self._hush, companion) if hushed else companion
            told = {"ready": ready, "concluded": partial(write, conclusion), "log_to": self.log}
            self.serve(**flags, ready_file=self.target, **told)
            raise SystemExit(0)
        try:
            said = companion.wait_until_ready()
            code = self._command(environment(os.environ, said, self.target), output, seconds)
        finally:
            lasted, status = companion.stop()
        advice = None
        if conclusion.exists():  # else the mock has not lasted until then
            advice = json.loads(conclusion.read_text("utf-8"))["advice"]
        return Ended(code, status, lasted, said, advice)

    def _hush(self, ready: Callable[[Mapping[str, Any]], None], said: Mapping[str, Any]) -> None:
        for stream in (1, 2):
            os.dup2(self.log.fileno(), stream)
        ready(said)

    def _command(self, environment: Mapping[str, str], output: BinaryIO | None, seconds: float | None) -> int:
        name = self.command[0]
        try:
            return self.attendant.run(self.command, environment, output, seconds)
        except FileNotFoundError as error:
            sentence = f"there is no command {name}: is it installed, and on the PATH?"
            raise CannotRunError(sentence, NOT_FOUND) from error
        except OSError as error:
            raise CannotRunError(f"{name} cannot be run: {error.strerror}", NOT_EXECUTABLE) from error


def write(file: Path, told: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

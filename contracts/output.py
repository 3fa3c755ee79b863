"""Standard streams that lose a command nothing but what can no longer be written."""

import io
import os
import sys
from typing import Any


class Patient(io.TextIOWrapper):
    """A stream whose reader may leave (`| head`, `| true`), and whose disk may be full: the rest goes nowhere, and the
    command goes on to its own end, with its own exit code. A reader that has left need not be told."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            print(f"Error: the output cannot be written: {error.strerror}", file=sys.stderr)


def patient(stream: Any) -> Any:
    """None where the stream is closed."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
    return Patient(stream.detach(), encoding, errors, line_buffering=by_line)

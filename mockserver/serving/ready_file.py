"""The file that tells programs of a started mock. It is there when, and only when, the mock answers."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


class ReadyFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: bytes | None = None
        self._writer = os.getpid()

    def remove_former(self) -> None:
        """What a mock that was killed has left; a file of another kind is left alone for now."""
        with suppress(OSError, ValueError, RecursionError):
            former = json.loads(self._path.read_bytes())
            if isinstance(former, dict) and "url" in former:
                self._path.unlink()

    def write(self, content: Mapping[str, Any]) -> None:
        """In one step, readable by its owner alone. Raises OSError."""
        import tempfile  # most mocks are started without such a file

        written = json.dumps(content, indent=2).encode()
        descriptor, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(written)
        try:
            Path(temporary).replace(self._path)
        except OSError:
            Path(temporary).unlink()
            raise
        self._written = written

    def remove(self) -> None:
        """Unless somebody else has written it since; a worker leaves it to its parent."""
        with suppress(OSError):
            if os.getpid() == self._writer and self._path.read_bytes() == self._written:
                self._path.unlink()

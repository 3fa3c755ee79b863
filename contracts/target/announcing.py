"""A server of ours: why it cannot listen, and its ready-file, which has its URL while it does."""

import errno
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import TargetError


def not_listening(host: str, port: int, error: OSError) -> TargetError:
    if error.errno == errno.EADDRINUSE:
        return TargetError(f"port {port} on {host} is taken; choose another with --port, or 0 for any")
    return TargetError(f"cannot listen on {host}, port {port}: {error.strerror or error}")


@contextmanager
def announced(url: str, path: Path | None) -> Iterator[None]:
    """A file with the URL, written in one step."""
    if path is None:
        yield
        return
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            (partial := Path(folder, path.name)).write_text(json.dumps({"url": url}))
            partial.replace(path)
    except OSError as error:
        raise TargetError(f"the ready-file {path} cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)

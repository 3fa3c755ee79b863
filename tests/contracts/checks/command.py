"""`kordkit check` as a user runs it."""

import os
import subprocess
from pathlib import Path

from tests.processes import Command, run

PATIENCE = 180  # seconds: a whole check takes ten of processor time, which others may want, too


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KORDKIT_", "KORDLESS_"))}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1"}


def check(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "check", *arguments, environment={**environment(), **variables}, timeout=PATIENCE)


def started(folder: Path, *arguments: str) -> Command:
    return Command(folder, "check", *arguments, environment=environment())

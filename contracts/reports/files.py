"""Where reports are written: tried out before the run, written after it."""

from collections.abc import Sequence
from pathlib import Path

from contracts.errors import TargetError
from contracts.reports import FORMATS, rendered
from contracts.verdicts import Verdicts


def folder_of(wish: Path | None) -> Path:
    """The folder, made if need be; by default the current one. Raises TargetError."""
    folder = wish or Path()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"the report folder {folder} cannot be made: {error.strerror}") from error
    return folder


def try_out(folder: Path, names: Sequence[str]) -> None:
    """Before the run, for after it would be too late. Raises TargetError."""
    for path in (folder / FORMATS[name] for name in names):
        try:
            was_there = path.exists()
            path.open("ab").close()
            if not was_there:
                path.unlink()
        except OSError as error:
            raise TargetError(f"the report {path} cannot be written: {error.strerror}") from error


def write(folder: Path, names: Sequence[str], verdicts: Verdicts) -> str:
    """What could not be written, although it could before: the disk is full, perhaps."""
    troubles = []
    for name in names:
        try:
            (folder / FORMATS[name]).write_text(rendered(name, verdicts), encoding="utf-8")
        except OSError as error:
            troubles.append(f"{folder / FORMATS[name]}: {error.strerror}")
    return ", ".join(troubles)

"""The ledger of what a check may have created: written before anything is sent, so that no crash leaves it behind.

A file of one JSON object a line. It holds made-up contacts and no key.

    {"intent": IDEMPOTENCY-KEY, "url": …, "key": LABEL, "body": {…}}     about to be sent
    {"settled": IDEMPOTENCY-KEY}                                         answered, and no booking was made
    {"made": NUMBER, "intent": IDEMPOTENCY-KEY or null, "url": …, "contact": …}
    {"gone": NUMBER}                                                     canceled, or never was
"""

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import TargetError


@dataclass(frozen=True, slots=True)
class Intent:
    """A creation whose outcome is not known: sending it again with the same idempotency key tells."""

    idempotency_key: str
    url: str
    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    number: str
    url: str
    contact: str


class Ledger:
    """`path` None: nothing is written, which is for checks that create nothing.

    A creation is written, synced, and then remembered. From `wind_up` on nothing needs the file any more: what cannot
    be written is remembered all the same. Unless it is `synced`, it outlasts this process, but not the machine.
    """

    def __init__(self, path: Path | None, *, synced: bool = True) -> None:
        self.path = path
        self._synced = synced
        self._whole: int | None = None  # bytes before a line that a crash cut off
        self._must_write = True
        self.intents: dict[str, Intent] = {}
        self.made: dict[str, Made] = {}
        if path is not None and path.exists():
            self._read(path)

    @property
    def settled(self) -> bool:
        return not self.intents and not self.made

    def try_out(self) -> None:
        """Raises TargetError where it could not be written: before there is anything to write."""
        self._append("\n")

    def wind_up(self) -> None:
        """The clean-up begins."""
        self._must_write = False

    def intend(self, intent: Intent) -> None:
        self._write({"intent": intent.idempotency_key, "url": intent.url, "key": intent.key, "body": intent.body})
        self.intents[intent.idempotency_key] = intent

    def settle(self, idempotency_key: str) -> None:
        if self.intents.pop(idempotency_key, None):
            self._write({"settled": idempotency_key}, sync=False)

    def record(self, made: Made, idempotency_key: str | None) -> None:
        self.made[made.number] = made
        self.intents.pop(idempotency_key or "", None)
        self._write({"made": made.number, "intent": idempotency_key, "url": made.url, "contact": made.contact})

    def release(self, number: str) -> None:
        """It is canceled."""
        if self.made.pop(number, None):
            self._write({"gone": number}, sync=False)

    def forget(self) -> None:
        """Nothing of it is there any more."""
        self.intents.clear()
        self.made.clear()

    def close(self) -> None:
        """Removes the file when nothing is left to be done."""
        if self.settled and self.path is not None:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _write(self, entry: Mapping[str, Any], *, sync: bool = True) -> None:
        try:
            self._append(json.dumps(entry) + "\n", sync=sync)
        except TargetError:
            if self._must_write:
                raise

    def _append(self, line: str, *, sync: bool = True) -> None:
        if self.path is None:
            return
        try:
            if self._whole is not None:
                os.truncate(self.path, self._whole)
                self._whole = None
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
                file.write(line)
                file.flush()
                if sync and self._synced and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    os.fsync(file.fileno())
        except OSError as error:
            raise TargetError(
                f"the ledger {self.path} cannot be written: {error.strerror}; --ledger names another"
            ) from error

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""  # a pipe or a device holds nothing
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"the ledger {path} cannot be read: {error}") from error
        whole, _, rest = text.rpartition("\n")
        if rest:
            # Cut off by a crash: what it was about to say had not been done yet.
            if not rest.startswith("{"):
                raise TargetError(f"the ledger {path} ends in what is none of its lines")
            self._whole = len(text[: len(text) - len(rest)].encode())
        for number, line in enumerate(whole.split("\n"), 1):
            if not line:
                continue
            try:
                self._recall(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise TargetError(f"the ledger {path}, line {number}, is none of its lines: {error}") from error

    def _recall(self, entry: Mapping[str, Any]) -> None:
        match entry:
            case {"made": number}:
                self.made[number] = Made(number, entry["url"], entry["contact"])
                self.intents.pop(entry["intent"] or "", None)
            case {"intent": key}:
                self.intents[key] = Intent(key, entry["url"], entry["key"], entry["body"])
            case {"settled": key}:
                self.intents.pop(key, None)
            case {"gone": number}:
                self.made.pop(number, None)
            case _:
                raise ValueError("unknown entry")

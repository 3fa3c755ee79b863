"""The ledger of what a check may have created: written before anything is sent, so that no crash leaves it behind.

A file of one JSON object a line. It holds made-up contacts and no key.

    {"intent": IDEMPOTENCY-KEY, "url": …, "key": LABEL, "body": {…}}     about to be sent
    {"settled": IDEMPOTENCY-KEY}                                         answered, and no booking was made
    {"made": NUMBER, "intent": IDEMPOTENCY-KEY or null, "url": …, "contact": …}
    {"gone": NUMBER}                                                     canceled, or never was
"""

import json
import os
from collections.abc import Mapping
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
    """`path` None: nothing is written, which is for checks that create nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.intents: dict[str, Intent] = {}
        self.made: dict[str, Made] = {}
        if path is not None and path.exists():
            self._read(path)

    @property
    def settled(self) -> bool:
        return not self.intents and not self.made

    def intend(self, intent: Intent) -> None:
        self.intents[intent.idempotency_key] = intent
        self._write(
            {"intent": intent.idempotency_key, "url": intent.url, "key": intent.key, "body": intent.body}, sync=True
        )

    def settle(self, idempotency_key: str) -> None:
        if self.intents.pop(idempotency_key, None):
            self._write({"settled": idempotency_key})

    def record(self, made: Made, idempotency_key: str | None) -> None:
        self.made[made.number] = made
        self.intents.pop(idempotency_key or "", None)
        self._write(
            {"made": made.number, "intent": idempotency_key, "url": made.url, "contact": made.contact}, sync=True
        )

    def release(self, number: str) -> None:
        """It is canceled."""
        if self.made.pop(number, None):
            self._write({"gone": number})

    def forget(self) -> None:
        """Nothing of it is there any more."""
        self.intents.clear()
        self.made.clear()

    def close(self) -> None:
        """Removes the file when nothing is left to be done."""
        if self.settled and self.path is not None:
            self.path.unlink(missing_ok=True)

    def _write(self, entry: Mapping[str, Any], *, sync: bool = False) -> None:
        if self.path is None:
            return
        try:
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
                file.write(json.dumps(entry) + "\n")
                file.flush()
                if sync:
                    os.fsync(file.fileno())
        except OSError as error:
            raise TargetError(
                f"the ledger {self.path} cannot be written: {error.strerror}; --ledger names another"
            ) from error

    def _read(self, path: Path) -> None:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise TargetError(f"the ledger {path} cannot be read: {error.strerror}") from error
        for number, line in enumerate(lines, 1):
            try:
                self._recall(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines) and number > 1:
                    # Cut off by a crash: what it was about to say had not been done yet.
                    path.write_text("".join(f"{whole}\n" for whole in lines[:-1]), encoding="utf-8")
                    return
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

"""How deliveries are told of: a line each for people, or for programs."""

from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from rich.console import Console
from rich.text import Text

from contracts.listening.listener import Listener, Seen, Verdict
from contracts.target.redaction import visible

HIDDEN = "[redacted]"
_STYLES: dict[Verdict, str] = {"verified": "green", "wrong": "bold red", "not checked": "yellow"}


class Told(Protocol):
    def began(self, url: str, registered: str | None) -> None: ...
    def delivery(self, seen: Seen) -> None: ...
    def ended(self, listener: Listener) -> None: ...


class Lines:
    """For people. Contact details are shown where they were asked for."""

    def __init__(self, console: Console, show_contact: bool) -> None:
        self._console = console
        self._show_contact = show_contact

    def began(self, url: str, registered: str | None) -> None:
        self._print(f"Listening for webhooks at {url}")
        if registered is not None:
            self._print(f"Registered as {registered}")
        self._print("Ctrl-C stops it.")

    def delivery(self, seen: Seen) -> None:
        line = Text(f"{_time(seen):%H:%M:%S}  ")
        line.append(_word(seen.delivery.member("event"), "no event"), "bold")
        line.append(f"  {_booking(seen)}  {seen.id or 'no id'}  ")
        line.append("duplicate" if seen.duplicate else f"attempt {seen.attempt}", "yellow" if seen.attempt > 1 else "")
        line.append("  signature ").append(seen.signature, _STYLES[seen.signature])
        line.append(f"  → {seen.reply.status}{_after(seen.reply.after)}")
        self._print(line)
        if self._show_contact:
            self._print(f"          {visible(orjson.dumps(_contact(seen)).decode())}")
        for problem in seen.problems:
            self._print(Text(f"          the delivery {visible(problem)}", "red"))

    def ended(self, listener: Listener) -> None:
        self._print(
            f"{listener.count} deliveries, {listener.duplicates} of them duplicates,"
            f" {listener.wrong} with a wrong signature."
        )

    def _print(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)


class JsonLines:
    """For programs: an object a line, told apart by `kind`."""

    def __init__(self, console: Console, show_contact: bool) -> None:
        self._console = console
        self._show_contact = show_contact

    def began(self, url: str, registered: str | None) -> None:
        self._print({"kind": "listening", "url": url, "webhook": registered})

    def delivery(self, seen: Seen) -> None:
        self._print(
            {
                "kind": "delivery",
                "at": _time(seen).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "path": seen.delivery.path,
                "id": seen.id,
                "attempt": seen.attempt,
                "duplicate": seen.duplicate,
                "signature": seen.signature,
                "problems": seen.problems,
                "status": seen.reply.status,
                "body": seen.delivery.json if self._show_contact else _masked(seen.delivery.json),
            }
        )

    def ended(self, listener: Listener) -> None:
        counts = {"deliveries": listener.count, "duplicates": listener.duplicates, "wrong": listener.wrong}
        self._print({"kind": "ended", **counts})

    def _print(self, said: dict[str, Any]) -> None:
        line = orjson.dumps(said).decode()
        self._console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)


def _time(seen: Seen) -> datetime:
    return datetime.fromtimestamp(seen.delivery.at, UTC)


def _booking(seen: Seen) -> str:
    told = [seen.delivery.member("data", "booking", name) for name in ("confirmation_number", "status", "startsAt")]
    return " ".join(_word(value, "?") for value in told)


def _word(value: Any, missing: str) -> str:
    return visible(value[:100]) if isinstance(value, str) and value else missing


def _after(seconds: float) -> str:
    return f" after {seconds:g} s" if seconds else ""


def _contact(seen: Seen) -> Any:
    return seen.delivery.member("data", "booking", "contact")


def _masked(value: Any) -> Any:
    """With what a contact has hidden, wherever there is one."""
    if isinstance(value, dict):
        return {name: HIDDEN if name == "contact" else _masked(inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value

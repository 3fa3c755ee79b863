"""Takes out of what went through what belongs to others, before it is written anywhere: secrets, and who booked.

Who booked becomes somebody made up, the same one each time, so that a recording can be played again.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from contracts.comparing.proxy.exchanges import Lines, Message
from contracts.target.redaction import forms, redacted

HIDDEN = "[key]"
CONTACT, NAME = "contact", "name"
_WORDS = (
    "auth",
    "cookie",
    "token",
    "secret",
    "passw",
    "session",
    "credential",
    "signature",
    "apikey",
    "api-key",
    "api_key",
)
_ENDS = ("-key", "_key")
_LEAST = 6  # characters of what is looked for wherever else it may stand
_ESCAPED = re.compile("%40", re.IGNORECASE)


class Mask:
    """`harmless` are names of headers that look like a secret's and are none. Whatever stands under a secret's name is
    masked wherever else it stands: `learn` everything first."""

    def __init__(self, harmless: frozenset[str], secrets: set[str]) -> None:
        self._harmless = frozenset(name.lower() for name in harmless)
        self._secrets = set(secrets)
        self._masked: dict[str, str] = {}
        self._bodies: dict[bytes, str] = {}
        self._people: dict[tuple[str, str], str] = {}

    def learn(self, message: Message, target: str = "") -> None:
        named = [*message.lines, *parse_qsl(urlsplit(target).query)]
        for name, value in named:
            if self._is_secret(name):
                self._secrets |= {part for part in (value, *value.split()) if len(part) >= _LEAST}

    def text(self, text: str) -> str:
        if (known := self._masked.get(text)) is None:  # of thousands of slots each names a host, a day, a zone
            known = text
            for form in self._known:
                if form in known:  # said here, for there are hundreds of them and thousands of texts
                    known = known.replace(form, HIDDEN)
            known = self._masked[text] = redacted(known, email=self._email, phone=self._phone)
        return known

    @cached_property
    def _known(self) -> Sequence[str]:
        """The secrets as they may be written, the longest first. Whoever asks for it has learnt all there is."""
        return sorted({form for secret in self._secrets for form in forms(secret)}, key=len, reverse=True)

    def lines(self, lines: Lines) -> Lines:
        return [(self.text(name), HIDDEN if self._is_secret(name) else self.text(value)) for name, value in lines]

    def url(self, url: str) -> str:
        """Its query stays as it was written where there is nothing to be masked."""
        base, mark, query = url.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        masked = [(self.text(name), HIDDEN if self._is_secret(name) else self.text(value)) for name, value in pairs]
        return self.text(base) + mark + (self.text(query) if masked == pairs else urlencode(masked))

    def body(self, content: bytes) -> str:
        """Of JSON, member by member; what is no text is left out."""
        if (known := self._bodies.get(content)) is None:
            known = self._bodies[content] = self._without(content)
        return known

    def _without(self, content: bytes) -> str:
        if self._is_clear(content):
            return content.decode()
        try:
            return orjson.dumps(self._member("", orjson.loads(content))).decode()
        except orjson.JSONDecodeError:
            pass
        try:
            return self.text(content.decode())
        except UnicodeDecodeError:
            return ""

    def _is_clear(self, content: bytes) -> bool:
        """Whether there is nothing to be masked in it, as can be told at a glance: long lists of slots are so."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return False
        low = text.lower()
        telling = ("\\", f'"{CONTACT}"', *_WORDS, *_ENDS)
        if any(word in low for word in telling) or any(form in text for form in self._known):
            return False
        return redacted(text) == text

    def _member(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return HIDDEN if self._is_secret(name) else self.text(value)
        if isinstance(value, list):
            return [self._member(name, inner) for inner in value]
        if not isinstance(value, dict):
            return value
        masked = {self.text(key): self._member(key, inner) for key, inner in value.items()}
        if name == CONTACT and isinstance(value.get(NAME), str):
            masked[NAME] = self._stand_in(NAME, value[NAME], lambda number: f"Contact {number}")
        return masked

    def _email(self, found: re.Match[str]) -> str:
        plain = _ESCAPED.sub("@", found[0])
        shown = self._stand_in("email", plain.lower(), lambda number: f"contact-{number}@example.com")
        return shown if plain == found[0] else shown.replace("@", "%40")

    def _phone(self, found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0].removeprefix("%2B").removeprefix("%2b"))
        shown = self._stand_in("phone", digits, lambda number: f"+1555010{number:04}")
        return shown if found[0].startswith("+") else shown.replace("+", "%2B")

    def _stand_in(self, kind: str, whom: str, make: Callable[[int], str]) -> str:
        if (kind, whom) not in self._people:
            number = 1 + sum(other == kind for other, _ in self._people)
            self._people[kind, whom] = make(number)
        return self._people[kind, whom]

    def _is_secret(self, name: str) -> bool:
        low = name.lower()
        return low not in self._harmless and (low.endswith(_ENDS) or any(word in low for word in _WORDS))

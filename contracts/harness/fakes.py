"""What a check makes up: contacts, keys and names that nobody has. Drawn from the seed, except what must be unique."""

import random
import secrets
from collections.abc import Sequence
from string import ascii_letters, digits
from typing import TypeVar

from contracts.target.redaction import MADE_UP

T = TypeVar("T")

KEY_LENGTH = 32  # what a key has after its prefix


class Fakes:
    """`run` tells this run's idempotency keys and contacts from those of every other run, whatever the seed."""

    def __init__(self, seed: int, run: str | None = None) -> None:
        self.seed = seed
        self.run = run or secrets.token_hex(5)
        self._random = random.Random(seed)
        self._made = 0

    def choice(self, among: Sequence[T]) -> T:
        return self._random.choice(among)

    def name(self) -> str:
        return f"Check {self._random.choice(ascii_letters).upper()}{self._random.randrange(10_000):04}"

    def email(self) -> str:
        """At a domain that is reserved for examples."""
        return f"check-{self.run}-{self._next()}@example.com"

    def phone(self) -> str:
        """One of the numbers that are reserved for fiction."""
        return f"+1555010{self._random.randrange(10_000):04}"

    def idempotency_key(self) -> str:
        return f"kordkit-{self.run}-{self._next()}"

    def api_key(self, prefix: str) -> str:
        """Of an API key's form, and nobody's; test keys have a prefix of their own."""
        drawn = (secrets.choice(ascii_letters + digits) for _ in range(KEY_LENGTH - len(MADE_UP)))
        return f"{prefix}{MADE_UP}{''.join(drawn)}"

    def slug(self) -> str:
        """Of a slug's form, and nobody's."""
        return f"no-such-{self.run}-{self._next()}"

    def confirmation_number(self) -> str:
        """Of a confirmation number's form, and nobody's, as far as chance can promise."""
        return "BOOK_" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(9))

    def _next(self) -> int:
        self._made += 1
        return self._made

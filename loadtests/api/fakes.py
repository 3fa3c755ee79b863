"""What clients make up: names, contacts, keys. The same for the same seed; never the same twice in a run.

The one file of loadtests that draws random numbers.
"""

import re
import secrets
from dataclasses import dataclass, replace
from random import Random

_FIRST = ("Ada", "Bela", "Chidi", "Dunja", "Emeka", "Freya", "Goran", "Hana", "Imre", "Jun", "Kofi", "Lena")
_LAST = ("Adler", "Brook", "Castillo", "Dubois", "Eriksen", "Farkas", "Greene", "Haas", "Ito", "Jensen")
_MADE_UP = re.compile(r"(load-[^-@]+)-[^@]*@example\.com$", re.IGNORECASE)  # group 1: what names the run
_PHONES = 10_000  # +1 555 010 xxxx: numbers that belong to nobody


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Data:
    """`run` sets this run's keys and addresses apart from those of any other run against the same server.

    `number` is a client's, of which no two workers have the same; clients of another `kind` are others.
    """

    seed: int
    run: str
    kind: str = ""

    def of(self, kind: str) -> "Data":
        return replace(self, kind=kind)

    @property
    def _prefix(self) -> str:
        return f"{self.run}-{self.kind}" if self.kind else self.run

    def happens(self, number: int, probability: float) -> bool:
        return Random(f"{self.seed} {number} happens").random() < probability

    def contact(self, number: int) -> Contact:
        chance = Random(f"{self.seed} {number}")
        name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        return Contact(name, f"load-{self._prefix}-{number}@example.com", f"+1555010{number % _PHONES:04}")

    def stranger(self, number: int) -> str:
        """An address that nobody has booked with."""
        return f"stranger-{self.run}-{number}@example.com"

    def idempotency_key(self, number: int) -> str:
        return f"load-{self._prefix}-{number}"

    def unknown_number(self, number: int, guess: int) -> str:
        """A confirmation number in the right form; that it exists is as good as impossible."""
        chance = Random(f"{self.seed} {self.run} {number} {guess}")
        return "BOOK_" + "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=9))


def run_of(contact: str) -> str:
    """What all addresses made up for one run have in common; empty for any other address."""
    made_up = _MADE_UP.match(contact)
    return made_up.group(1).casefold() if made_up else ""


def name_of_run() -> str:
    """Unlike every other run's, whatever the seed: the server remembers idempotency keys for a day."""
    return secrets.token_hex(4)

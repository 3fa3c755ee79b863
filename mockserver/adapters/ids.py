"""The only place that draws random numbers."""

import random
import secrets
from collections.abc import Mapping, Sequence
from string import ascii_letters, ascii_lowercase, digits
from typing import Any

_DEFAULT_PREFIX = "production"
_CHARACTERS = ascii_lowercase + digits


class RandomIds:
    """Ids and key values: from the system's randomness, or from a seed, and then the same in every run.

    `first_bookings` are given out before any is drawn, so that the documentation's examples can be run in their order.
    `key_prefixes` maps an environment to the prefix of its keys; `secret_prefix` is that of a webhook's secret.
    """

    def __init__(
        self,
        seed: int | None,
        key_prefixes: Mapping[str, str],
        key_length: int,
        first_bookings: Sequence[str] = (),
        secret_prefix: str = "",
    ) -> None:
        self._seed = seed
        self._secret_prefix = secret_prefix
        self._prefixes = key_prefixes
        self._key_length = key_length
        self._first_bookings = tuple(first_bookings)
        self.restart()

    def restart(self) -> None:
        # Nobody need be kept from guessing a booking's id, and the system's randomness is a call to the kernel for each
        # character, which lets go of the interpreter.
        self._random = random.Random(self._seed)
        self._secrets = random.SystemRandom() if self._seed is None else self._random
        self._waiting = list(reversed(self._first_bookings))

    def dump(self) -> dict[str, Any]:
        version, numbers, gauss = self._random.getstate() if self._seed is not None else (0, (), None)
        drawn = None if self._seed is None else [version, list(numbers), gauss]
        return {"waiting": self._waiting, "random": drawn}

    def load(self, dumped: Mapping[str, Any]) -> None:
        waiting, drawn = list(dumped["waiting"]), dumped["random"]
        if drawn is not None and self._seed is not None:
            version, numbers, gauss = drawn
            self._random.setstate((version, tuple(numbers), gauss))
        self._waiting = waiting

    def booking_id(self) -> str:
        return self._waiting.pop() if self._waiting else "book_" + self._drawn(9)

    def key_value(self, environment: str | None) -> str:
        prefix = self._prefixes.get(environment or _DEFAULT_PREFIX, self._prefixes[_DEFAULT_PREFIX])
        return prefix + self._secret()

    def key_id(self) -> str:
        return "key_" + self._drawn(12)

    def webhook_id(self) -> str:
        return "hook_" + self._drawn(12)

    def webhook_secret(self) -> str:
        return self._secret_prefix + self._secret()

    def delivery_id(self) -> str:
        return "whk_" + self._drawn(12)

    def _secret(self) -> str:
        return "".join(self._secrets.choices(ascii_letters + digits, k=self._key_length))

    def _drawn(self, length: int) -> str:
        # As `choices` draws them, which takes three times as long.
        draw, characters, count = self._random.random, _CHARACTERS, len(_CHARACTERS)
        return "".join([characters[int(draw() * count)] for _ in range(length)])


def series() -> str:
    """Something to begin names with that no other process begins them with, whatever the seed."""
    return secrets.token_hex(4)


def form_token() -> str:
    """What a browser and the pages that it was given know, and no other site's page guesses."""
    return secrets.token_urlsafe(18)


def admin_token() -> str:
    """A token for the control API that nobody guesses, whatever the seed."""
    return secrets.token_urlsafe(24)

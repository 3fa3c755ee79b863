"""How much is drawn by the tests that draw: a third in each run, all of it in `make thorough`."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def thorough() -> bool:
    return bool(os.environ.get("THOROUGH"))


def draws(most: int, share: int = 3) -> int:
    """Examples, histories or seeds out of so many; a larger `share` of what takes long is left to `make thorough`."""
    return most if thorough() else most // share


def every_sixth(cases: Sequence[T]) -> Sequence[T]:
    return every(6, cases)


def every(step: int, cases: Sequence[T]) -> Sequence[T]:
    """So many-th of the cases of a matrix; in `make thorough` all of them."""
    return cases if thorough() else cases[::step]

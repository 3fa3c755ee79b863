"""How much is drawn by the tests that draw: a third in each run, all of it in `make thorough`."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def draws(most: int) -> int:
    """Examples, histories or seeds out of so many."""
    return most if os.environ.get("THOROUGH") else most // 3


def share(cases: Sequence[T]) -> Sequence[T]:
    """Every sixth of the cases of a matrix, or all of them."""
    return cases if os.environ.get("THOROUGH") else cases[::6]

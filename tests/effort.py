"""How much is drawn by the tests that draw: a third in each run, all of it in `make thorough`."""

import os


def draws(most: int) -> int:
    """Examples, histories or seeds out of so many."""
    return most if os.environ.get("THOROUGH") else most // 3

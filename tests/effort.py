"""How much is drawn by the tests that draw: a third in each run, all of it in `make thorough`."""

import os


def draws(most: int, share: int = 3) -> int:
    """Examples, histories or seeds out of so many; a larger `share` of what takes long is left to `make thorough`."""
    return most if os.environ.get("THOROUGH") else most // share

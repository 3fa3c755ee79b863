"""The garbage collector while a mock is put together; once it serves, see `mockserver/wiring/collector.py`."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Of what is imported and built meanwhile all stays: looking through it would be a twentieth of a start."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

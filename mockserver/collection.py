"""The garbage collector while a mock is put together; once it serves, see `mockserver/wiring/collector.py`."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Of what is imported and built meanwhile all stays: it need not be looked through again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

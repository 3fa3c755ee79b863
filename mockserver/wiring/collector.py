"""The interpreter's garbage collector: what it looks through again and again, and what it need not.

All that a mock keeps is counted by references and goes with the last one. What the collector is for are circles.
"""

import gc
from typing import Any

OFTEN = (700, 3, 1)
"""Young collections as often as Python has them, full ones fifteen times as often: each then looks through some 6,000
objects in a few milliseconds, where it were 80,000 in forty. Objects are looked through as many times as before."""


def keep() -> None:
    """No collection looks any more through what there is now, or through what survives a full one from now on.

    Else full collections take the longer, the more is kept: 65 ms of processor time with 100,000 bookings, in which
    nobody is answered. But a circle that falls out of use after that is not found: see `release`.
    """
    if _keep_survivors not in gc.callbacks:
        gc.callbacks.append(_keep_survivors)
        gc.set_threshold(*OFTEN)
    gc.freeze()


def release() -> None:
    """Let the next full collection look through all once more: something large has fallen out of use."""
    if _keep_survivors in gc.callbacks:
        gc.unfreeze()


def settle() -> None:
    """No collection looks through what has just been made and will stay, such as a world: a full one would take 150 ms
    for a thousand of them. What is young is looked through first."""
    if _keep_survivors in gc.callbacks:
        gc.collect(1)
        gc.freeze()


def _keep_survivors(phase: str, collected: dict[str, Any]) -> None:
    if phase == "stop" and collected["generation"] == 2:
        gc.freeze()

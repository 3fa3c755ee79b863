"""The interpreter's garbage collector: what it looks through again and again, and what it need not.

All that a mock keeps is counted by references and goes with the last one. What the collector is for are circles.
"""

import gc
from typing import Any

OFTEN = (3000, 3, 1)
"""A collection looks through the objects that were made since the last one and are still there, so it takes some three
milliseconds. With Python's own thresholds, and generations, full ones looked through 80,000 objects in forty."""
MUCH = 50
"""Worlds, of which each leaves 15 kB behind."""
SOON = 200
"""Requests, of which each leaves a handful of objects in the journal: to look through those of 10,000 takes 30 ms."""


def keep() -> None:
    """No collection looks any more through what there is now, or through what survives one from now on.

    Else collections take the longer, the more is kept: 65 ms of processor time with 100,000 bookings, in which nobody
    is answered; and each object is looked through once, while it is in the processor's cache, instead of three times.
    But a circle that falls out of use after that is not found: see `release`.
    """
    if _keep_survivors not in gc.callbacks:
        gc.callbacks.append(_keep_survivors)
        gc.set_threshold(*OFTEN)
    _keep_survivors.looked_after = 0
    gc.freeze()


def look(answered: int) -> None:
    """Look through what is young if it may be much, after so many requests since `keep`.

    The collector counts what comes less what goes. In a full journal an entry goes for each that comes, so that while a
    mock is only read it never came by; and the first bookings after that waited 30 to 80 ms, in which it looked through
    the whole journal. (What has been released waits for the collector's own turn.)
    """
    if _keep_survivors in gc.callbacks and answered - _keep_survivors.looked_after >= SOON:
        _keep_survivors.looked_after = answered
        if not _keep_survivors.released:
            gc.collect(0)


def release() -> None:
    """Let the next full collection look through all once more: something large has fallen out of use."""
    if _keep_survivors in gc.callbacks:
        _keep_survivors.released += 1
        gc.unfreeze()


def settle() -> None:
    """No collection looks through what has just been made and will stay, such as a world: a full one would take 150 ms
    for a thousand of them. What is young is looked through first; all, where much has been released meanwhile."""
    if _keep_survivors in gc.callbacks:
        gc.collect(2 if _keep_survivors.released >= MUCH else 1)


class _KeepSurvivors:
    """`released`: so many times since the last full collection, for which all waits then. `looked_after`: so many
    requests, most lately."""

    released = 0
    looked_after = 0

    def __call__(self, phase: str, collected: dict[str, Any]) -> None:
        if phase == "stop" and (collected["generation"] == 2 or not self.released):
            self.released = 0
            gc.freeze()


_keep_survivors = _KeepSurvivors()

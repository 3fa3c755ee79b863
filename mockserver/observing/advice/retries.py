"""Whoever was refused for the moment, or not answered, asks again: late enough, and later each time (/api/errors)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent, caller, told_too_little
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

_TEMPORARY = frozenset({"rate_limited", "request_in_progress"})
_SHORTEST = 0.1  # seconds: below it, which of two waits was longer says nothing


class Backoff(NamedTuple):
    """How many tries in a row show how a client waits; by what factor its waits should grow, unless they are of so many
    seconds."""

    tries: int
    growth: float
    long_enough: float


class _Failure(NamedTuple):
    """The last tries of a request that failed, and for how long the last answer said to wait, in seconds."""

    tries: tuple[Trace, ...]
    wait: int | None


class Retries:
    """The same request again is a retry. A wait as long as it was told to be is none that should have grown."""

    operations = None

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._failures: Recent[tuple[object, ...], _Failure] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        if entry.cause is entry.fault is None and entry.status < 500 and not self._failures:
            return ()
        failed = entry.cause in _TEMPORARY or told_too_little(entry)
        request = (caller(entry), entry.method, entry.path, entry.query, hash(entry.body))
        before = self._failures.pop(request)
        if before is None and not failed:
            return ()
        tries = (*(() if before is None else before.tries), Trace.of(entry))
        signs = []
        if before is not None and before.wait is not None:
            waited = (tries[-1].arrived - tries[-2].arrived) / SECOND
            if waited < before.wait:
                detail = f"{entry.operation} was asked again after {waited:.3g} s; the answer had said {before.wait} s"
                signs.append(Sign("retries.too-early", detail, tries[-2:]))
            tries = tries[-1:]
        if self._hammers(tries):
            waits = ", ".join(f"{wait:.3g}" for wait in _waits(tries))
            detail = f"{entry.operation} was asked {len(tries)} times in a row, after {waits} s"
            signs.append(Sign("retries.no-backoff", detail, tries))
            tries = tries[-1:]
        if failed:
            self._failures.set(request, _Failure(tries[-self._backoff.tries + 1 :], _retry_after(entry)))
        return signs

    def _hammers(self, tries: Sequence[Trace]) -> bool:
        if len(tries) < self._backoff.tries:
            return False
        waits = [max(wait, _SHORTEST) for wait in _waits(tries)]
        return max(waits) < self._backoff.long_enough and max(waits) < self._backoff.growth * min(waits)


def _waits(tries: Sequence[Trace]) -> list[float]:
    return [(later.arrived - earlier.arrived) / SECOND for earlier, later in pairwise(tries)]


def _retry_after(entry: Entry) -> int | None:
    named = zip(entry.answer_headers[::2], entry.answer_headers[1::2], strict=True)
    return next((int(value) for name, value in named if name.lower() == "retry-after" and value.isdecimal()), None)

"""`--fail-if`: an expression over a run's statistics that must not become true.

p95>200ms   createBooking p99>=0.5s   errors>1%   errors>0   late>1%   dropped>0   refused>50%   rate<45/s
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import NoReturn

from loadtests.judge.judgement import Judgement
from loadtests.measure.statistics import Statistics, Tally

Compare = Callable[[float, float], bool]

SIGNS: Mapping[str, Compare] = {">=": ge, "<=": le, ">": gt, "<": lt}
SHARES = ("errors", "refused", "conflicts")  # of the requests that were sent
ARRIVALS = ("late", "dropped")  # of those that were planned
UNITS = {"latency": {"ms": 1.0, "s": 1000.0}, "rate": {"/s": 1.0}, "share": {"%": 1.0, "": 1.0}}
METRICS = "p50, p95, p99, max, errors, refused, conflicts, late, dropped or rate"


class ThresholdError(ValueError):
    """An expression that says nothing: one sentence, with the place."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """`bound` in milliseconds, requests per second, percent or, of a share without a unit, requests."""

    text: str
    operation: str | None
    metric: str
    sign: str
    bound: float
    unit: str

    def judge(self, statistics: Statistics) -> Judgement:
        seen = self._seen(statistics)
        if seen is None:
            whose = self.operation or "the run"
            return Judgement(self.text, "not judged", f"{whose} saw no request to measure {self.metric} by")
        broken = SIGNS[self.sign](seen, self.bound)
        return Judgement(self.text, "broken" if broken else "kept", f"was {self._shown(seen)}")

    def _seen(self, statistics: Statistics) -> float | None:
        if self.metric in ARRIVALS:
            arrivals = statistics.arrivals
            return self._share(getattr(arrivals, self.metric), arrivals.planned)
        tally = statistics.of(self.operation)
        if not tally.count:
            return None
        if self.metric in SHARES:
            return self._share(getattr(tally, self.metric), tally.count)
        if self.metric == "rate":
            return (tally.count - tally.unanswered) / statistics.length
        return _latency(tally, self.metric)

    def _share(self, part: int, whole: int) -> float | None:
        if not whole:
            return None
        return 100 * part / whole if self.unit == "%" else part

    def _shown(self, seen: float) -> str:
        if self.unit in ("ms", "s"):
            return f"{seen:.1f} ms"
        return f"{seen:.4g}{self.unit}"


def parse(text: str, operations: Collection[str] = ()) -> Threshold:
    """`operations` are the names that an expression may use, any if empty. Raises ThresholdError."""
    scan = _Scanner(text)
    word = scan.take(r"[A-Za-z][A-Za-z0-9_.]*", f"one of {METRICS}")
    operation = None
    if _kind(word) is None:
        if operations and word not in operations:
            scan.fail(f"{word} is neither an operation nor one of {METRICS}", before=word)
        operation, word = word, scan.take(r"[A-Za-z][A-Za-z0-9_.]*", f"one of {METRICS}")
    kind = _kind(word)
    if kind is None:
        scan.fail(f"{word} is none of {METRICS}", before=word)
    if operation and word in ARRIVALS:
        scan.fail(f"{word} is counted for the whole run, not for {operation}", before=word)
    sign = scan.take(r">=|<=|>|<", "one of > >= < <=")
    bound = float(scan.take(r"\d+(?:\.\d+)?", "a number"))
    units = UNITS[kind]
    unit = scan.take(r"[^\s\d]*", "a unit")
    if unit not in units:
        scan.fail(f"{word} wants {' or '.join(name or 'no unit' for name in units)}", before=unit)
    scan.end()
    return Threshold(text, operation, word, sign, bound * units[unit], unit)


def _kind(word: str) -> str | None:
    if word == "rate":
        return "rate"
    if word in (*SHARES, *ARRIVALS):
        return "share"
    if word == "max":
        return "latency"
    percentile = re.fullmatch(r"p(\d+(?:\.\d+)?)", word)
    return "latency" if percentile and 0 < float(percentile[1]) <= 100 else None


def _latency(tally: Tally, metric: str) -> float | None:
    return tally.latency.max if metric == "max" else tally.latency.percentile(float(metric[1:]))


class _Scanner:
    """Goes through an expression; white space may stand anywhere between its parts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def take(self, pattern: str, wanted: str) -> str:
        self._skip()
        match = re.compile(pattern).match(self._text, self._place)
        if match is None:
            self.fail(f"{wanted} is missing")
        self._place = match.end()
        return match[0]

    def end(self) -> None:
        self._skip()
        if self._place < len(self._text):
            self.fail("nothing may follow here")

    def _skip(self) -> None:
        while self._text[self._place : self._place + 1].isspace():
            self._place += 1

    def fail(self, trouble: str, before: str = "") -> NoReturn:
        place = self._place - len(before)
        raise ThresholdError(f"'{self._text}', character {place + 1}: {trouble}")

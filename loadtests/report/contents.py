"""Everything that a report tells, whatever it is written as."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from contracts.spec.observed import Observed
from loadtests.judge.judgement import Judgement, Severity, found_by
from loadtests.measure.result import Ending, Result
from loadtests.measure.statistics import Tally

SILENCE = 3  # seconds without an answer, at the end of a run, that are no accident
PASSED, FOUND, UNREACHABLE, INCOMPLETE = 0, 1, 3, 4
PERCENTILES = (50, 95, 99)
ENDINGS: Mapping[Ending, str] = {
    "finished": "The scenario came to its end.",
    "time": "The run ended with its time.",
    "count": "The run ended with its number of requests (--max-requests).",
    "interrupted": "The run was interrupted.",
    "worker lost": "A worker was lost; its share counts as dropped.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiter's verdict: a row for each policy as in load.json, what it was judged to be, and its plot (SVG).

    `observed` is what can be learnt from it, `not_observable` says why not more.
    """

    policies: Sequence[Mapping[str, Any]]
    judgements: Sequence[Judgement]
    plot: str = ""
    observed: Sequence[Observed] = ()
    not_observable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """`command` is what to type to see it again, without secrets. Only the limiter's probe has `limits`.

    `fail_on`: the least that the exit code speaks of.
    """

    target: str
    command: str
    result: Result
    thresholds: Sequence[Judgement] = ()
    invariants: Sequence[Judgement] = ()
    limits: Limits | None = None
    fail_on: Severity = "failure"

    @property
    def judgements(self) -> Sequence[Judgement]:
        return [*self.thresholds, *self.invariants, *(self.limits.judgements if self.limits else ())]

    @property
    def found(self) -> Sequence[Judgement]:
        """What the run fails for."""
        outcomes = found_by(self.fail_on)
        return [judgement for judgement in self.judgements if judgement.outcome in outcomes]

    @property
    def remarks(self) -> Sequence[Judgement]:
        """Differences that the run does not fail for."""
        outcomes = found_by("note") - found_by(self.fail_on)
        return [judgement for judgement in self.judgements if judgement.outcome in outcomes]

    @property
    def exit_code(self) -> int:
        """What was found outranks that something is missing."""
        if self.found:
            return FOUND
        total = self.result.statistics.of()
        if total.count and total.unanswered == total.count:
            return UNREACHABLE
        return INCOMPLETE if any(self.gaps()) else PASSED

    def gaps(self) -> Iterator[str]:
        """Sentences: why the run says less than it was to say."""
        if not self.result.statistics.of().count:
            yield "Nothing was sent."
        if self.result.ended in ("interrupted", "worker lost"):
            yield self.ending
        if silent := self._silent():
            yield f"Nobody answered in the last {silent} s."
        if self.limits and all(judgement.outcome == "no case" for judgement in self.limits.judgements):
            yield "No limit was reached."
        for judgement in self.judgements:
            if judgement.outcome == "not judged":
                yield f"{judgement.name} was not judged: {judgement.reason}."

    def _silent(self) -> int:
        """Seconds at the end of which not one request was answered, from three on: a few answers may get lost."""
        asked = [tally for tally in self.result.statistics.by_second() if tally.count]
        silent = len(list(takewhile(lambda tally: tally.unanswered == tally.count, reversed(asked))))
        return silent if silent >= SILENCE else 0

    @property
    def summary(self) -> str:
        """One sentence: how it went."""
        match self.exit_code:
            case 0 if self.remarks:
                told = ", ".join(f"{judgement.name} ({judgement.outcome})" for judgement in self.remarks)
                kept = "documented" if self.fail_on == "failure" else "documented or inferred"
                return f"Every promise was kept that is {kept}; other than the contract has it: {told}."
            case 0 if self.judgements:
                return "Every promise was kept."
            case 0:
                return "The run is complete; nothing was to be judged."
            case 1 if all(judgement.outcome == "broken" for judgement in self.found):
                return f"Broken: {', '.join(judgement.name for judgement in self.found)}."
            case 1:
                return f"Found: {', '.join(f'{judgement.name} ({judgement.outcome})' for judgement in self.found)}."
            case 3:
                return f"{self.target} did not answer a single request."
            case _:
                return f"Incomplete: {next(self.gaps())[:-1]}."

    @property
    def ending(self) -> str:
        return ENDINGS[self.result.ended]

    def operations(self) -> Iterator[tuple[str, Tally]]:
        for operation in self.result.statistics.operations:
            yield operation, self.result.statistics.of(operation)


def latencies(tally: Tally) -> dict[str, float | None]:
    """p50, p95, p99 and max in milliseconds; None where there was no request."""
    known = {f"p{percent}": tally.latency.percentile(percent) for percent in PERCENTILES}
    return {**known, "max": tally.latency.max if tally.count else None}

"""One promise, and whether a run kept it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from contracts.spec.contract import Level

Outcome = Literal["kept", "broken", "warning", "note", "not judged", "no case"]
Severity = Literal["failure", "warning", "note"]

# What a difference from a statement weighs, by where the statement comes from.
SEVERITY: Mapping[Level, Severity] = {
    "documented": "failure",
    "inferred": "warning",
    "observed": "warning",
    "assumed": "note",
}
SEVERITIES: tuple[Severity, ...] = ("failure", "warning", "note")  # the gravest first
OUTCOME: Mapping[Severity, Outcome] = {"failure": "broken", "warning": "warning", "note": "note"}


def found_by(fail_on: Severity) -> frozenset[Outcome]:
    """The outcomes that `--fail-on` fails a run for."""
    return frozenset(OUTCOME[each] for each in SEVERITIES[: SEVERITIES.index(fail_on) + 1])


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` is a sentence: what was seen, or why nothing could be said.

    `broken` is a difference from something documented, `warning` from something inferred, `note` from an assumption.
    `not judged` makes a run incomplete; `no case` does not: the run had no occasion to break the promise.
    """

    name: str
    outcome: Outcome
    reason: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)

"""Findings that are known and accepted for a time: they are reported, and fail nothing until their date has passed.

accepted:
  - {statement: errors.403.wrong_key_kind, until: 2027-01-31, reason: "401 until the gateway is replaced"}
  - {rule: limits.creation-number, until: 2027-01-31, reason: …}
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from contracts.errors import ContractError, TargetError
from contracts.spec.document import read
from contracts.verdicts import Finding


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Of every finding of a statement, or of a rule, up to and including the day `until`."""

    name: str
    until: date
    reason: str

    def covers(self, finding: Finding) -> bool:
        return self.name in {finding.statement, finding.rule}


class Baseline:
    def __init__(self, accepted: Sequence[Acceptance] = ()) -> None:
        self.accepted = accepted

    @classmethod
    def read(cls, path: Path) -> "Baseline":
        """Raises TargetError."""
        try:
            stated = read(path)
        except ContractError as error:
            raise TargetError(str(error)) from error
        entries = stated.get("accepted")
        if not isinstance(entries, list):
            raise TargetError(f"the baseline {path} has no list `accepted`")
        return cls([_acceptance(path, number, entry) for number, entry in enumerate(entries, 1)])

    def applied(self, findings: Sequence[Finding], today: date) -> list[Finding]:
        return [self._judged(finding, today) for finding in findings]

    def unused(self, findings: Sequence[Finding]) -> list[str]:
        """What is accepted and was not found: it may be taken out."""
        return [one.name for one in self.accepted if not any(one.covers(finding) for finding in findings)]

    def expired(self, findings: Sequence[Finding], today: date) -> list[str]:
        """What was found again after its acceptance had ended."""
        return [
            f"{one.name} was accepted until {one.until}"
            for one in self.accepted
            if one.until < today and any(one.covers(finding) for finding in findings)
        ]

    def _judged(self, finding: Finding, today: date) -> Finding:
        for one in self.accepted:
            if one.covers(finding) and today <= one.until:
                return replace(finding, accepted=f"until {one.until}: {one.reason}")
        return finding


def _acceptance(path: Path, number: int, entry: Any) -> Acceptance:
    where = f"the baseline {path}, entry {number}"
    if not isinstance(entry, dict):
        raise TargetError(f"{where}: it must have a statement or rule, until, and reason")
    name = entry.get("statement") or entry.get("rule")
    if not isinstance(name, str):
        raise TargetError(f"{where}: it names no statement and no rule")
    if not isinstance(entry.get("reason"), str):
        raise TargetError(f"{where}: it gives no reason")
    try:
        until = date.fromisoformat(str(entry["until"]))
    except (KeyError, ValueError) as error:
        raise TargetError(f"{where}: `until` must be a day such as 2027-01-31") from error
    return Acceptance(name, until, entry["reason"])

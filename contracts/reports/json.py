"""check.json: everything, for programs. Times in seconds."""

import json
from dataclasses import asdict
from typing import Any

from contracts.verdicts import Finding, Severity, Verdicts


def render(verdicts: Verdicts) -> str:
    return json.dumps(document(verdicts), indent=2, ensure_ascii=False) + "\n"


def document(verdicts: Verdicts) -> dict[str, Any]:
    return {
        "target": verdicts.target,
        "contract": verdicts.contract,
        "seed": verdicts.seed,
        "exit_code": verdicts.exit_code,
        "fail_on": str(verdicts.fail_on),
        "headline": verdicts.headline,
        "incomplete": verdicts.because or None,
        "summary": {
            "failures": verdicts.count(Severity.FAILURE),
            "warnings": verdicts.count(Severity.WARNING),
            "notes": verdicts.count(Severity.NOTE),
            "accepted": sum(finding.accepted is not None for finding in verdicts.findings),
            "passed": verdicts.outcomes("passed"),
            "unsettled": len(verdicts.unsettled),
            "not_run": verdicts.outcomes("not run"),
            "asked": verdicts.asked,
            "chosen": len(verdicts.chosen),
            "share": verdicts.share,
            "requests": verdicts.requests,
            "seconds": round(verdicts.seconds, 3),
            "seconds_moved": verdicts.seconds_moved,
        },
        "findings": [_finding(finding) for finding in verdicts.findings],
        "learnt": None if verdicts.learnt is None else [one.shown() for one in verdicts.learnt.observed],
        "not_observable": None if verdicts.learnt is None else dict(verdicts.learnt.not_observable),
        "left_behind": list(verdicts.left_behind),
        "rules": [
            {
                "id": rule.id,
                "statement": rule.statement,
                "title": rule.title,
                "outcome": rule.outcome.replace(" ", "_"),
                "reason": rule.reason or None,
                "requests": rule.requests,
                "seconds": round(rule.seconds, 4),
            }
            for rule in verdicts.rules
        ],
        "coverage": {
            "percent": round(verdicts.coverage.percent, 1),
            **{
                name.replace(" ", "_"): {
                    "covered": verdicts.coverage.of(name)[0],
                    "of": verdicts.coverage.of(name)[1],
                    "missing": [cell for cell, covered in cells.items() if not covered],
                }
                for name, cells in verdicts.coverage.cells.items()
            },
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    stated = asdict(finding)
    stated["level"] = str(stated.pop("severity"))
    stated["blocks"] = list(finding.blocks)
    stated["steps"] = list(finding.steps)
    return stated

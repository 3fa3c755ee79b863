"""check.sarif: SARIF 2.1.0, for code scanning pages. A finding's place is its statement in the contract document."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from contracts.spec.document import SHIPPED
from contracts.verdicts import Finding, Severity, Verdicts

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {Severity.FAILURE: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
DOCUMENT = f"contracts/openapi/{SHIPPED.name}"


def render(verdicts: Verdicts) -> str:
    rules = {rule.id: rule for rule in verdicts.rules}
    run = {
        "tool": {
            "driver": {
                "name": "kordkit check",
                "rules": [
                    {
                        "id": rule.id,
                        "shortDescription": {"text": rule.title},
                        "properties": {"statement": rule.statement},
                    }
                    for rule in rules.values()
                ],
            }
        },
        "invocations": [{"executionSuccessful": not verdicts.incomplete, "exitCode": verdicts.exit_code}],
        "results": [_result(finding, list(rules)) for finding in verdicts.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.title}: {finding.sentence}\n" + "\n".join(finding.lines)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": DOCUMENT}, "region": {"startLine": _line(finding)}},
                "logicalLocations": [{"fullyQualifiedName": finding.statement, "kind": "member"}],
            }
        ],
        "partialFingerprints": {"kordkit/statement": f"{finding.statement} {finding.rule}"},
        "properties": {"statement": finding.statement, "operation": finding.operation, "page": finding.page},
    }
    if finding.rule in rules:
        result["ruleIndex"] = rules.index(finding.rule)
    if finding.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.accepted}]
    return result


@cache
def _lines() -> list[str]:
    return SHIPPED.read_text("utf-8").splitlines(keepends=True)


def _line(finding: Finding) -> int:
    """Where the statement stands in the shipped document; 1 where it stands in another."""
    marks = (f"{{id: {finding.statement},", f"{{id: {finding.statement}}}", f"id: {finding.statement}\n")
    for number, line in enumerate(_lines(), 1):
        if any(mark in line for mark in marks):
            return number
    return 1

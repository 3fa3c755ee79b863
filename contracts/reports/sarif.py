"""check.sarif: SARIF 2.1.0, for code scanning pages. A finding's place is its statement in the contract document."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from contracts.verdicts import Finding, Severity, Verdicts

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {Severity.FAILURE: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


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
        "results": [_result(finding, list(rules), verdicts.document) for finding in verdicts.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, rules: list[str], document: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.title}: {finding.sentence}\n" + "\n".join(finding.lines)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(document)},
                    "region": {"startLine": _line(finding, document)},
                },
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


def _uri(document: Path) -> str:
    """From the current folder, as code scanning wants it, where the document lies there; else where it really is."""
    whole = document.resolve()
    return whole.relative_to(Path.cwd()).as_posix() if whole.is_relative_to(Path.cwd()) else whole.as_uri()


@cache
def _lines(document: Path) -> list[str]:
    return document.read_text("utf-8").splitlines(keepends=True)


def _line(finding: Finding, document: Path) -> int:
    """Where the statement stands in the document; 1 where an overlay makes it."""
    marks = (f"{{id: {finding.statement},", f"{{id: {finding.statement}}}", f"id: {finding.statement}\n")
    for number, line in enumerate(_lines(document), 1):
        if any(mark in line for mark in marks):
            return number
    return 1

"""What a proxy found: `proxy.json`, and lines for people."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from contracts.comparing.proxy.judging import Violation
from contracts.comparing.proxy.recorder import Recorder
from contracts.verdicts import Severity

FILE = "proxy.json"
_STYLES = {Severity.FAILURE: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def document(recorder: Recorder, target: str, exit_code: int) -> str:
    judge = recorder.judge
    told: dict[str, Any] = {
        "target": target,
        "contract": judge.contract.version,
        "exit_code": exit_code,
        "exchanges": judge.exchanges,
        "unjudged": judge.unjudged,
        "failed": recorder.failures,
        "summary": {party: _summed(recorder, party) for party in ("server", "client")},
        "violations": [asdict(violation) for violation in judge.violations],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def show(console: Console, violation: Violation) -> None:
    line = Text(f"{violation.party}  ")
    line.append(violation.level, _STYLES[Severity.of(violation.level)])
    line.append(f"  {violation.statement}  {violation.asked}: expected {violation.expected}; it {violation.seen}")
    console.print(line, soft_wrap=True, highlight=False)


def conclude(console: Console, recorder: Recorder) -> None:
    judge = recorder.judge
    found = [f"{count} {name}s" for name, count in _summed(recorder, "server").items() if count]
    server = f"the server broke statements of the contract: {', '.join(found)}" if found else "the server broke nothing"
    mistakes = sum(_summed(recorder, "client").values())
    client = f"; kinds of mistakes of the client: {mistakes}" if mistakes else ""
    told = f"Exchanges: {judge.exchanges}, not of the API: {judge.unjudged}, without an answer: {recorder.failures}; "
    console.print(told + server + client, soft_wrap=True, highlight=False, markup=False)


def _summed(recorder: Recorder, party: str) -> dict[str, int]:
    """Violations by how bad they are."""
    found = Counter(Severity.of(each.level) for each in recorder.judge.violations if each.party == party)
    return {str(severity): found[severity] for severity in sorted(Severity, reverse=True)}

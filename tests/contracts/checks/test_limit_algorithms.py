"""A check of a mock that counts as the contract says finds nothing, whichever algorithm that is."""

from pathlib import Path

import pytest

from contracts.harness.counting import ALGORITHMS
from tests.contracts.checks.in_process import checked

OVERLAY = """
overlay: 1.0.0
info: {title: Counted otherwise, version: "1"}
actions: [{target: "$['x-rate-limits']", update: {algorithm: %s}}]
"""
NOT_RUN = {
    "fixed-window": set[str](),
    "aligned-fixed-window": {"windows.date-is-the-clock", "charges.all-or-none"},
    "sliding-window": {"windows.window-start", "windows.date-is-the-clock"},
    "sliding-window-counter": {"windows.window-start", "windows.date-is-the-clock", "charges.all-or-none"},
    "token-bucket": {
        "windows.window-start",
        "windows.date-is-the-clock",
        "windows.refusal-begins-nothing",
        "charges.all-or-none",
    },
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_mock_that_counts_as_the_contract_says_breaks_nothing(algorithm: str, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAY % algorithm)
    outcome = checked(tmp_path / "ledger.jsonl", overlays=[overlay])
    assert [(finding.rule, finding.sentence) for finding in outcome.run.findings] == []
    not_run = {rule.id: rule.reason for rule in outcome.run.results.values() if rule.outcome == "not run"}
    assert not_run.keys() == NOT_RUN[algorithm], not_run

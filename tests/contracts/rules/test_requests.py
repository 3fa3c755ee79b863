"""What rules say of themselves is true: none sends more than it promises. One run of all of them."""

from pathlib import Path

from tests.contracts.checks.in_process import RULES, checked


def test_no_rule_sends_more_than_it_says(tmp_path: Path) -> None:
    outcome = checked(tmp_path / "ledger.jsonl")
    bounds = {rule.id: rule.requests for rule in RULES}
    results = outcome.run.results
    assert set(results) == set(bounds), "every rule was asked"
    over = {name: (result.requests, bounds[name]) for name, result in results.items() if result.requests > bounds[name]}
    assert over == {}
    assert sum(result.requests for result in results.values()) == outcome.check.target.sent

"""A fault of kordkit's own is told as such: never as an answer of the server, never as a rule that was not run."""

from pathlib import Path

import pytest

from contracts.exchange import Answer
from contracts.harness.fakes import Fakes
from contracts.harness.session import Session
from tests.contracts.checks.in_process import checked


def test_a_rule_that_falls_over_makes_the_check_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(*_: object) -> str:
        return {"a": "b"}["c"]

    monkeypatch.setattr(Fakes, "api_key", slip)  # one rule of `auth` asks for it
    outcome = checked(tmp_path / "ledger.jsonl", only=["auth"], sound=False)
    failed = {name: result for name, result in outcome.run.results.items() if result.outcome == "error"}
    assert list(failed) == ["auth.unknown-key"]
    assert "please report it: KeyError('c') in test_faults.py, line" in failed["auth.unknown-key"].reason
    assert outcome.run.incomplete == "kordkit itself failed in auth.unknown-key"
    assert outcome.run.results["auth.key-header"].outcome == "passed", "the others are asked all the same"
    assert (
        outcome.run.results["auth.revoked-key"].reason == "it builds on auth.unknown-key, which could not be found out"
    )
    assert outcome.run.findings == []


def test_no_test_passes_over_a_rule_that_fell_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(_: Session, answer: Answer) -> Answer:
        return answer.nothing_of_that_name  # type: ignore[attr-defined, no-any-return]

    monkeypatch.setattr(Session, "need_served", slip)
    with pytest.raises(AssertionError, match="kordkit itself failed"):
        checked(tmp_path / "ledger.jsonl", only=["auth.key-header"])

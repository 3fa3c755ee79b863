"""A run that ends badly still says what it found, and what it leaves behind."""

from pathlib import Path

import pytest

from contracts.errors import UnreachableError
from contracts.harness.ledger import Ledger
from contracts.target.control import ControlApi
from mockserver.mutants import MUTANTS
from tests.contracts.checks.in_process import checked


def test_a_server_that_is_gone_at_the_end_costs_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise UnreachableError("the control API does not answer")

    monkeypatch.setattr(ControlApi, "restore", gone)
    outcome = checked(tmp_path / "ledger.jsonl", only=["bookings"])
    run = outcome.run
    assert run.incomplete == "the control API does not answer"
    made = list(Ledger(tmp_path / "ledger.jsonl").made)
    assert made, "the ledger keeps what is to be canceled"
    assert [line.partition(":")[0] for line in run.left_behind] == made
    assert any(result.outcome == "passed" for result in run.results.values())


def test_a_server_that_never_answered_is_told_from_one_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> None:
        raise UnreachableError("nobody there")

    monkeypatch.setattr("contracts.target.client.Target._exchange", dead)
    with pytest.raises(UnreachableError, match="nobody there"):
        checked(tmp_path / "ledger.jsonl", only=["auth"])


def test_a_finding_that_took_several_requests_gives_the_line_of_each(tmp_path: Path) -> None:
    run = checked(tmp_path / "ledger.jsonl", MUTANTS["replay-not-created"], only=["idempotency.replay_status"]).run
    found = next(finding for finding in run.findings if finding.rule == "idempotency.replay-status")
    creations = [line for line in found.steps if "Idempotency-Key" in line]
    assert creations[-1].startswith(found.curl)
    assert len(creations) > 1 or "# 2 times" in creations[0]
    run = checked(tmp_path / "ledger.jsonl", MUTANTS["revoked-key-accepted"], only=["auth.revoked-key"]).run
    assert run.findings[0].steps == (), "one request is told once"

"""Webhooks are judged where they can arrive: a receiver that is not reached says nothing of the server."""

from dataclasses import replace
from pathlib import Path

from mockserver.mutants import Mutant
from mockserver.ports import Answer, Post
from tests.contracts.checks.in_process import checked


class Unreachable:
    def send(self, post: Post, seconds: float) -> Answer:
        return Answer(0, None, "Connection refused")


def test_a_server_that_cannot_reach_the_receiver_is_not_accused(tmp_path: Path) -> None:
    apart = Mutant("apart", "webhooks.delivery", "", lambda parts: replace(parts, sender=Unreachable))
    run = checked(tmp_path / "ledger.jsonl", apart, only=["webhooks", "webhook_events"]).run
    assert run.findings == []
    assert {result.outcome for result in run.results.values()} == {"not run"}
    told = run.results["webhooks.posted"].reason
    assert told == "the server could not reach http://127.0.0.1:4021: Connection refused"

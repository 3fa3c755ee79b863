"""Webhooks are judged by the contract in force, and where they can arrive."""

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


OTHERWISE = """
overlay: 1.0.0
info: {title: Webhooks of another kind, version: "1"}
actions:
  - target: $.components.pathItems.BookingWebhook.post.parameters[?@.name=='X-Kordless-Signature']
    update: {name: X-Signed, schema: {pattern: "^sha512=[A-Za-z0-9+/]{86}==$"}}
  - target: $['x-rules']['webhooks.signature']
    update: {value: "sha512=base64(hmac-sha512(secret, delivery_id.timestamp.body))"}
  - target: $['x-rules']['webhooks.retries'].value
    remove: true
  - target: $['x-rules']['webhooks.retries']
    update: {value: [40, 80]}
  - target: $['x-rules']['webhooks.success']
    update: {value: [204]}
  - target: $['x-rules']['webhooks.secret_prefix']
    update: {value: hush_}
"""


def test_mock_and_check_follow_the_contract_alike(tmp_path: Path) -> None:
    overlay = tmp_path / "otherwise.yaml"
    overlay.write_text(OTHERWISE)
    topics = ["webhooks", "webhook_signatures", "webhook_endpoints", "webhook_retries"]
    run = checked(tmp_path / "ledger.jsonl", only=topics, overlays=[overlay]).run
    assert [(finding.rule, finding.sentence) for finding in run.findings] == []
    assert {result.outcome for result in run.results.values()} == {"passed"}

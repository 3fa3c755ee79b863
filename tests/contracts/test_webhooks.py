"""What the contract says of webhooks, as mock and check read it: an overlay changes both."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from contracts.errors import ContractError
from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.overlay import apply
from contracts.spec.webhooks import Signature, Webhooks

SENT: dict[str, Any] = {"timestamp": "1764576000", "delivery_id": "whk_1", "body": b'{"event":"\xc3\xa9"}'}


def webhooks(document: dict[str, Any]) -> Webhooks:
    found = Contract.of(document).webhooks
    assert found is not None
    return found


@pytest.fixture
def amended(pristine: dict[str, Any]) -> Callable[..., Webhooks]:
    def amend(target: str, update: Any) -> Webhooks:
        document = deepcopy(pristine)
        apply(document, {"overlay": "1.0.0", "actions": [{"target": target, "update": update}]}, "amend.yaml")
        return webhooks(document)

    return amend


def mac(message: bytes, name: str = "sha256") -> bytes:
    return hmac.new(b"whsec_a", message, getattr(hashlib, name)).digest()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("hex(hmac-sha256(secret, timestamp.body))", mac(b"1764576000." + SENT["body"]).hex()),
        ("hex(hmac-sha1(secret, body))", mac(SENT["body"], "sha1").hex()),
        (
            "base64(hmac-sha512(secret, delivery_id.timestamp.body))",
            base64.b64encode(mac(b"whk_1.1764576000." + SENT["body"], "sha512")).decode(),
        ),
        ("sha256=hex(hmac-sha256(secret, body))", "sha256=" + mac(SENT["body"]).hex()),
    ],
)
def test_a_delivery_is_signed_as_the_expression_says(expression: str, expected: str) -> None:
    signature = Signature.of(expression)
    assert signature.sign("whsec_a", **SENT) == expected
    assert signature.verifies(expected, "whsec_a", **SENT)


@pytest.mark.parametrize(
    ("given", "secret", "sent"),
    [
        ("", "whsec_a", SENT),
        ("é", "whsec_a", SENT),
        (mac(b"1764576000." + SENT["body"]).hex().upper(), "whsec_a", SENT),
        (mac(b"1764576000." + SENT["body"]).hex(), "whsec_b", SENT),
        (mac(b"1764576000." + SENT["body"]).hex(), "whsec_a", {**SENT, "timestamp": "1764576001"}),
        (mac(b"1764576000." + SENT["body"]).hex(), "whsec_a", {**SENT, "body": b"{}"}),
    ],
)
def test_nothing_else_is_the_signature(given: str, secret: str, sent: dict[str, Any]) -> None:
    assert not Signature.of("hex(hmac-sha256(secret, timestamp.body))").verifies(given, secret, **sent)


@pytest.mark.parametrize(
    "expression",
    ["hex(md5(body))", "hex(hmac-sha256(secret, timestamp))", "hex(hmac-sha256(secret, body.url))", "", "hmac"],
)
def test_an_expression_that_is_not_understood_is_one_sentence(pristine: dict[str, Any], expression: str) -> None:
    document = deepcopy(pristine)
    document["x-rules"]["webhooks.signature"]["value"] = expression
    with pytest.raises(ContractError, match="is not understood: it has the form hex"):
        Contract.of(document)
    assert any("is not understood" in finding.trouble for finding in lint(document))


def test_the_shipped_contract_is_read(contract: Contract) -> None:
    shipped = contract.webhooks
    assert shipped is not None
    assert shipped.headers == {
        "signature": "X-Kordless-Signature",
        "timestamp": "X-Kordless-Timestamp",
        "delivery_id": "X-Kordless-Webhook-Id",
    }
    assert shipped.events.cancelled == "booking.cancelled"
    assert (shipped.method, shipped.media_type) == ("POST", "application/json")
    assert shipped.retries == (10, 60, 300, 1800, 7200)
    assert shipped.success == frozenset(range(200, 300))
    assert shipped.header_values["timestamp"].is_valid(1764576000)


def test_an_overlay_is_followed(amended: Callable[..., Webhooks]) -> None:
    parameter = "$.components.pathItems.BookingWebhook.post.parameters[?@.name=='X-Kordless-Signature']"
    assert amended(parameter, {"name": "X-Signed"}).headers["signature"] == "X-Signed"
    assert amended("$['x-rules']['webhooks.success']", {"value": [200]}).success == {200}
    assert amended("$['x-rules']['webhooks.retries']", {"value": [5]}).retries == (10, 60, 300, 1800, 7200, 5)
    assert amended("$['x-rules']['webhooks.failed_are_retried']", {"value": False}).retries == ()
    assert (
        amended("$['x-rules']['webhooks.signature']", {"value": "hex(hmac-sha1(secret, body))"}).signature.hash
        == "sha1"
    )


def without_rule(document: dict[str, Any]) -> None:
    del document["x-rules"]["webhooks.retries"]


def without_event(document: dict[str, Any]) -> None:
    del document["webhooks"]["booking.updated"]


def without_header(document: dict[str, Any]) -> None:
    del document["components"]["pathItems"]["BookingWebhook"]["post"]["parameters"][0]


def without_body(document: dict[str, Any]) -> None:
    del document["components"]["pathItems"]["BookingWebhook"]["post"]["requestBody"]


def with_another_header(document: dict[str, Any]) -> None:
    document["webhooks"]["booking.updated"] = deepcopy(document["components"]["pathItems"]["BookingWebhook"])
    document["webhooks"]["booking.updated"]["post"]["parameters"][0]["name"] = "X-Signed"


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (without_rule, "does not state webhooks.retries"),
        (without_event, "names booking.updated, which webhooks does not have"),
        (without_header, "states webhooks.header.signature"),
        (without_body, "the webhook booking.created is not one operation with a body of one type"),
        (with_another_header, "booking.updated is sent otherwise than booking.created"),
    ],
)
def test_what_is_missing_is_said(
    pristine: dict[str, Any], broken: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    document = deepcopy(pristine)
    broken(document)
    with pytest.raises(ContractError, match=sentence):
        Contract.of(document)


def test_a_contract_without_webhooks_has_none(pristine: dict[str, Any]) -> None:
    assert Contract.of({name: part for name, part in pristine.items() if name != "webhooks"}).webhooks is None

"""What the contract says of webhooks: what is sent, how it is signed, and when it is tried again."""

import base64
import hmac
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from contracts.errors import ContractError
from contracts.spec.document import follow
from contracts.spec.operations import Compile
from contracts.spec.schemas import Validator

Role = Literal["signature", "timestamp", "delivery_id"]
_HEADER_STATEMENT = "webhooks.header."  # of a header parameter, before its role
_EXPRESSION = re.compile(
    r"(?P<label>[A-Za-z0-9]+=)?(?P<encoding>hex|base64)"
    r"\(hmac-(?P<hash>sha1|sha256|sha512)\(secret, (?P<signed>[a-z_.]+)\)\)"
)
_SIGNED = frozenset({"timestamp", "delivery_id", "body"})


class Signature(NamedTuple):
    """How a delivery is signed, as an expression says it: `hex(hmac-sha256(secret, timestamp.body))`.

    The encoding is hex (lower case) or base64, the hash sha1, sha256 or sha512. Signed are some of timestamp,
    delivery_id and body, joined by the dots between them: the headers as they are sent, the body as its bytes. What
    stands before the encoding (`sha256=`) stands before the signature.
    """

    expression: str
    label: str
    encoding: str
    hash: str
    signed: tuple[str, ...]

    @classmethod
    def of(cls, expression: str) -> "Signature":
        """Raises ContractError."""
        found = _EXPRESSION.fullmatch(expression)
        signed = tuple(found["signed"].split(".")) if found else ()
        if found is None or "body" not in signed or not _SIGNED.issuperset(signed):
            raise ContractError(
                f"the signature {expression!r} is not understood: it has the form hex(hmac-sha256(secret,"
                " timestamp.body)), with hex or base64, sha1, sha256 or sha512, and the body among what is signed"
            )
        return cls(expression, found["label"] or "", found["encoding"], found["hash"], signed)

    def sign(self, secret: str, *, timestamp: str, delivery_id: str, body: bytes) -> str:
        """The value of the signature's header."""
        parts = {"timestamp": timestamp.encode(), "delivery_id": delivery_id.encode(), "body": body}
        message = b".".join(parts[name] for name in self.signed)
        digest = hmac.digest(secret.encode(), message, self.hash)
        return self.label + (digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode())

    def verifies(self, given: str, secret: str, *, timestamp: str, delivery_id: str, body: bytes) -> bool:
        """Whether `given` is the signature, in a time that does not tell how much of it is right."""
        expected = self.sign(secret, timestamp=timestamp, delivery_id=delivery_id, body=body)
        return hmac.compare_digest(given.encode(), expected.encode())


class Events(NamedTuple):
    """What is told of a booking, by the names of the events."""

    created: str
    updated: str
    cancelled: str


class Webhooks(NamedTuple):
    """`headers` are names by role, `header_values` judge what is in them (by role, as parsed from text by its type),
    `payloads` the body of each event. `retries` are seconds from each failed attempt to the next; with none, what
    failed is given up. `success` are the statuses of a receiver that has taken a delivery."""

    method: str
    headers: Mapping[Role, str]
    header_values: Mapping[Role, Validator]
    media_type: str
    payloads: Mapping[str, Validator]
    events: Events
    signature: Signature
    secret_prefix: str
    retries: tuple[int, ...]
    timeout_seconds: float
    success: frozenset[int]
    delivery_id_kept: bool
    https_only: bool
    http_on_loopback: bool


def webhooks_of(document: Mapping[str, Any], compiled: Compile) -> Webhooks | None:
    """None where the contract has none. Raises ContractError."""
    if not document.get("webhooks"):
        return None
    rules = _Rules(document["x-rules"])
    sent = {event: _Sent(document, event, item) for event, item in document["webhooks"].items()}
    events = Events(*rules["events"])
    for event in rules["events"]:
        if event not in sent:
            raise ContractError(f"webhooks.events names {event}, which webhooks does not have")
    first = sent[events.created]
    for event, other in sent.items():
        if (other.method, other.headers, other.media_type) != (first.method, first.headers, first.media_type):
            raise ContractError(f"{event} is sent otherwise than {events.created}: with one method, header and type")
    return Webhooks(
        method=first.method,
        headers={role: parameter["name"] for role, parameter in first.headers.items()},
        header_values={role: compiled(parameter["schema"]) for role, parameter in first.headers.items()},
        media_type=first.media_type,
        payloads={event: compiled(one.payload) for event, one in sent.items()},
        events=events,
        signature=Signature.of(rules["signature"]),
        secret_prefix=rules["secret_prefix"],
        retries=tuple(rules["retries"]) if rules["failed_are_retried"] else (),
        timeout_seconds=rules["timeout_seconds"],
        success=_statuses(rules["success"]),
        delivery_id_kept=rules["delivery_id_kept"],
        https_only=rules["https_only"],
        http_on_loopback=rules["http_on_loopback"],
    )


class _Rules:
    def __init__(self, stated: Mapping[str, Any]) -> None:
        self._stated = stated

    def __getitem__(self, name: str) -> Any:
        try:
            return self._stated[f"webhooks.{name}"]["value"]
        except KeyError:
            raise ContractError(f"the contract's x-rules does not state webhooks.{name}") from None


class _Sent:
    """One event as it is sent: the one operation of its path item. Raises ContractError."""

    def __init__(self, document: Mapping[str, Any], event: str, item: Any) -> None:
        self._document = dict(document)
        try:
            [(method, operation)] = self._followed(item).items()
            [(self.media_type, media)] = self._followed(operation["requestBody"])["content"].items()
            self.method = str(method).upper()
            self.payload: Mapping[str, Any] = media["schema"]
            self.headers = dict(self._by_role(operation))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ContractError(f"the webhook {event} is not one operation with a body of one type: {error}") from error
        for role in get_args(Role):
            if role not in self.headers:
                raise ContractError(f"no header of the webhook {event} states {_HEADER_STATEMENT}{role}")

    def _by_role(self, operation: Mapping[str, Any]) -> Mapping[Role, Mapping[str, Any]]:
        parameters = [self._followed(parameter) for parameter in operation["parameters"]]
        stated = {p.get("x-provenance", {}).get("id"): p for p in parameters if p["in"] == "header"}
        return {
            role: stated[f"{_HEADER_STATEMENT}{role}"] for role in get_args(Role) if _HEADER_STATEMENT + role in stated
        }

    def _followed(self, node: Any) -> Any:
        return follow(self._document, node)


def _statuses(stated: str | list[int]) -> frozenset[int]:
    """`2xx` is a class of statuses."""
    if isinstance(stated, str):
        return frozenset(range(int(stated[0]) * 100, int(stated[0]) * 100 + 100))
    return frozenset(stated)

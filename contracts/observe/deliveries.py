"""What is wrong with one delivery of a webhook, statement by statement; no server, no state."""

import re
from collections.abc import Iterator

from contracts.delivery import Delivery
from contracts.spec.schemas import Problem
from contracts.spec.webhooks import Role, Webhooks

_INTEGER = re.compile(r"-?[0-9]+")


def is_signed(webhooks: Webhooks, delivery: Delivery, secret: str) -> bool:
    """Whether its signature is the one that this secret makes."""
    sent = {role: delivery.header(name) or "" for role, name in webhooks.headers.items()}
    return webhooks.signature.verifies(
        sent["signature"],
        secret,
        timestamp=sent["timestamp"],
        delivery_id=sent["delivery_id"],
        body=delivery.body,
    )


def header_problem(webhooks: Webhooks, role: Role, delivery: Delivery) -> str:
    """What is wrong with one of its headers, "" for nothing; reads on from "the delivery"."""
    name = webhooks.headers[role]
    value = delivery.header(name)
    if value is None:
        return f"has no header {name}"
    read = int(value) if _INTEGER.fullmatch(value) and len(value) < 20 else value
    if not any(webhooks.header_values[role].is_valid(form) for form in (value, read)):
        return f"has the header {name}: {value}"
    return ""


def payload_problems(webhooks: Webhooks, delivery: Delivery) -> Iterator[str]:
    """What is wrong with its body; each reads on from "the delivery"."""
    if delivery.json is None:
        yield "has a body that is not JSON"
        return
    event = delivery.member("event")
    schema = webhooks.payloads.get(event) if isinstance(event, str) else None
    if schema is None:
        yield f"has the event {event!r}, which the contract does not have"
        return
    for problem in schema.problems(delivery.json):
        yield _told(problem)


def _told(problem: Problem) -> str:
    if problem.keyword == "required":
        return f"lacks {problem.field}"
    return f"has {problem.field or 'a body'} that breaks the contract's {problem.keyword} {problem.limit}"

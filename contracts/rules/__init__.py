"""What a schema cannot say: rules, a folder for each subject, a file for each topic, found by their type."""

from collections.abc import Sequence
from importlib import import_module

from contracts.rules.http.envelope import envelope_rules
from contracts.rules.rule import Rule
from contracts.rules.shapes import shape_rules
from contracts.spec.contract import Contract

TOPICS = {
    # First how answers are framed: where that is wrong, no library reads what comes next.
    "http": ("framing", "order", "http", "errors", "spelling", "envelope", "time", "moments", "told", "served"),
    "access": ("auth", "tenancy"),
    "catalogue": ("organization",),
    "availability": ("availability", "ranges", "seats", "fulfillment"),
    "bookings": (
        "bookings",
        "refusals",
        "self_service",
        "near_misses",
        "read_back",
        "selling",
        "races",
        "cancellation",
        "rescheduling",
        "refused_moves",
        "notice",
    ),
    "platform": ("platform", "paging"),
    "idempotency": ("idempotency", "idempotency_keys", "nearly"),
    "webhooks": ("webhooks", "webhook_signatures", "webhook_events", "webhook_endpoints", "webhook_retries"),
    "limits": (
        "limits",
        "refused",
        "limit_headers",
        "windows",
        "charges",
        "each_cost",
        "self_service_limits",
        "long_limits",
    ),
}
SHAPES = "shapes"


def rules_of(contract: Contract) -> Sequence[Rule]:
    """Every rule that the contract has a question for, topic by topic; then one for each statement of a schema."""
    written: list[Rule] = []
    for subject, topics in TOPICS.items():
        for topic in topics:
            module = import_module(f"contracts.rules.{subject}.{topic}")
            written += [found for found in vars(module).values() if isinstance(found, Rule) and found.topic == topic]
    written += envelope_rules(contract)
    stated = [rule for rule in written if rule.statement in contract.statements and rule.where(contract)]
    return [*stated, *shape_rules(contract, stated)]

"""What a schema cannot say: rules, one file a topic. A topic is a file here; its rules are found by their type."""

from collections.abc import Sequence
from importlib import import_module

from contracts.rules.rule import Rule
from contracts.rules.shapes import shape_rules
from contracts.spec import Contract

TOPICS = (
    "auth",
    "tenancy",
    "http",
    "errors",
    "spelling",
    "order",
    "organization",
    "availability",
    "ranges",
    "seats",
    "fulfillment",
    "bookings",
    "refusals",
    "self_service",
    "cancellation",
    "rescheduling",
    "refused_moves",
    "notice",
    "time",
    "platform",
    "paging",
    "idempotency",
    "idempotency_keys",
    "limits",
    "limit_headers",
    "windows",
    "charges",
    "self_service_limits",
    "long_limits",
    "envelope",
)
SHAPES = "shapes"


def rules_of(contract: Contract) -> Sequence[Rule]:
    """Every rule whose statement the contract makes, topic by topic; then one for each statement of a schema."""
    written: list[Rule] = []
    for topic in TOPICS:
        module = import_module(f"contracts.rules.{topic}")
        written += [found for found in vars(module).values() if isinstance(found, Rule) and found.topic == topic]
    stated = [rule for rule in written if rule.statement in contract.statements]
    return [*stated, *shape_rules(contract, stated)]

"""Mutants that break what the contract states in so many words: overlays of the contract that the mock goes by.

The contract that the mock shows, and the one that a check goes by, are not amended: they say what is promised.
"""

from dataclasses import replace
from typing import Any

from mockserver.mutants.mutant import Apply
from mockserver.parts import Amendment, Parts


def amended(*actions: Amendment) -> Apply:
    """The mock goes by the contract as these actions leave it."""

    def apply(parts: Parts) -> Parts:
        return replace(parts, amendments=(*parts.amendments, *actions))

    return apply


def updated(target: str, **members: Any) -> Amendment:
    """What the JSONPath selects gets these members; lists grow."""
    return {"target": target, "update": members}


def extended(target: str, *members: Any) -> Amendment:
    """The list that the JSONPath selects gets these members too."""
    return {"target": target, "update": list(members)}


def removed(target: str) -> Amendment:
    return {"target": target, "remove": True}


def ruled(name: str, value: Any) -> Apply:
    """One of `x-rules` has another value."""
    return amended(updated(f"$['x-rules']['{name}']", value=value))


def answered(causes: str, **changes: Any) -> Apply:
    """These causes of `x-errors` (names with spaces between them) have another status, type or detail."""
    return amended(*(updated(f"$['x-errors'].{cause}", **changes) for cause in causes.split()))


def typed(type: str, told: str) -> Apply:
    """Errors of that type are told to be of another."""
    return amended(updated(f"$['x-errors'][?@.type=='{type}']", type=told))

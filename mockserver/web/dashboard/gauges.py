"""What is left of a limit to whom, for a gauge."""

from collections.abc import Mapping
from typing import NamedTuple

from mockserver.application.admin import Admin
from mockserver.application.admin.limits import Limits
from mockserver.limits.algorithms import Policy
from mockserver.ports import SECOND

SHOWN = 20
"""Subjects of a policy, those who have used the most."""


class Gauge(NamedTuple):
    """`reset` is when all is there again, in nanoseconds; None: it is."""

    policy: Policy
    subject: str
    remaining: int
    reset: int | None

    @property
    def used(self) -> int:
        return self.policy.limit - self.remaining


class Standing(NamedTuple):
    """A policy, and those who have used the most of it; `more` are further ones."""

    policy: Policy
    gauges: list[Gauge]
    more: int

    @property
    def seconds(self) -> int:
        return self.policy.window // SECOND


def gauges_of(limits: Limits, policy: Policy, subject: str) -> list[Gauge]:
    """Of one subject, who may have used nothing yet."""
    found = [gauge for gauge in _gauges(limits, policy) if gauge.subject == subject]
    return found or [Gauge(policy, subject, policy.limit, None)]


def standings(limits: Limits) -> list[Standing]:
    found = []
    for policy in limits.policies:
        gauges = sorted(_gauges(limits, policy), key=lambda gauge: (gauge.remaining, gauge.subject))
        found.append(Standing(policy, gauges[:SHOWN], max(0, len(gauges) - SHOWN)))
    return found


def names_of(admin: Admin) -> Mapping[str, str]:
    """Of keys and organizations, by id: as they are called, and as whose."""
    keys = {held.key.id: f"{held.key.label} ({held.organization})" for held in admin.keys.all()}
    return keys | {organization.id: organization.name for organization in admin.organizations.values()}


def _gauges(limits: Limits, policy: Policy) -> list[Gauge]:
    return [
        Gauge(policy, subject, usage.remaining, usage.reset if usage.remaining < policy.limit else None)
        for subject, usage in limits.usages
        if usage.policy.name == policy.name
    ]

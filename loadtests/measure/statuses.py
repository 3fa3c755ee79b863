"""What the status of an answer means, by the contract: the one place of loadtests that sorts statuses.

Classes of statuses are HTTP's (RFC 9110, 15), the rest is told by the contract's causes of errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

from contracts.spec.contract import Contract

# "refused" is any refusal for a reason that is not among the others.
Meaning = Literal[
    "no answer",
    "success",
    "rate limited",
    "conflicting",
    "key refused",
    "forbidden",
    "not found",
    "too late",
    "refused",
    "server error",
]
NO_ANSWER = 0  # stands for the status of an answer that did not come
UNCLEAR: frozenset[Meaning] = frozenset(("no answer", "key refused", "server error"))  # may have been counted or not
DENIED: frozenset[Meaning] = frozenset(("forbidden", "not found"))  # a wrong contact, or a number that nobody has
UNKNOWN: frozenset[Meaning] = frozenset(("no answer", "server error"))  # may have been done or not

# Where causes of two kinds share a status, it means the first.
_CAUSES: Mapping[Meaning, tuple[str, ...]] = {
    "rate limited": ("rate_limited",),
    "conflicting": ("slot_not_offered", "not_a_slot", "party_too_large", "request_in_progress"),
    "key refused": ("missing_key", "unknown_key", "revoked_key", "expired_key"),
    "forbidden": ("contact_mismatch", "foreign_organization", "wrong_key_kind"),
    "not found": ("unknown_booking", "unknown_organization", "unknown_service"),
    "too late": ("already_canceled", "already_begun", "inside_notice_period"),
}


@dataclass(frozen=True)
class Statuses:
    """`successes` by operation; `refusals` by cause: its own status, then those that the contract accepts as well."""

    successes: Mapping[str, tuple[int, ...]]
    refusals: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, contract: Contract) -> Self:
        return cls(
            {
                name: tuple(status for status in operation.responses if 200 <= status < 300)
                for name, operation in contract.operations.items()
            },
            {name: (cause.status, *sorted(cause.also_accepted)) for name, cause in contract.errors.items()},
        )

    def meaning(self, status: int) -> Meaning:
        known = self._known.get(status)
        if known is not None:
            return known
        if status == NO_ANSWER:
            return "no answer"
        if 200 <= status < 300:
            return "success"
        return "server error" if status >= 500 else "refused"

    @cached_property
    def _known(self) -> Mapping[int, Meaning]:
        found: dict[int, Meaning] = {}
        for meaning, causes in _CAUSES.items():
            for status, *_ in (self.refusals[cause] for cause in causes if cause in self.refusals):
                found.setdefault(status, meaning)
        return found

    @cached_property
    def counted(self) -> frozenset[int]:
        """Every status of the contract's that says whether a limit was drawn on."""
        known = {status for group in (self.successes, self.refusals) for each in group.values() for status in each}
        return frozenset(status for status in known if self.meaning(status) not in UNCLEAR)

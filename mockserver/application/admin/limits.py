"""What whoever runs a mock can do with its rate limits."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.application.refusals import UnknownError
from mockserver.application.world import World
from mockserver.limits.algorithms import ALGORITHMS, Policy
from mockserver.limits.limiter import Usage


class Limits(NamedTuple):
    """`usages` are those of the subjects that are not forgotten."""

    enabled: bool
    algorithm: str
    policies: Sequence[Policy]
    usages: Sequence[tuple[str, Usage]]


class LimitAdmin:
    def __init__(self, world: World) -> None:
        self._world = world

    def show(self) -> Limits:
        world = self._world
        policies = tuple(world.policies.values())
        with world.state.look():
            limiter = world.limiter
            return Limits(limiter.enabled, limiter.algorithm, policies, limiter.usages(policies, world.clock.now()))

    def set(self, enabled: bool | None, algorithm: str | None) -> Limits:
        """None leaves as it is. Another algorithm begins anew. Raises ValueError for one that there is not."""
        if algorithm is not None and algorithm not in ALGORITHMS:
            raise ValueError(f"there is no algorithm {algorithm}; there are {', '.join(ALGORITHMS)}")
        limiter = self._world.limiter
        with self._world.state.work(alone=True):
            if algorithm is not None and algorithm != limiter.algorithm:
                limiter.use(algorithm)
            if enabled is not None:
                limiter.turn(enabled)
        return self.show()

    def set_remaining(self, policy: str, subject: str, remaining: int) -> tuple[str, Usage]:
        """Let a subject have so much left; as the mock calls it, and its usage. Raises UnknownError, ValueError."""
        world = self._world
        known = world.policies.get(policy)
        if known is None:
            raise UnknownError(f"there is no policy {policy}; there are {', '.join(world.policies)}")
        self._require_known(known, subject)
        if known.scope == "confirmation_number":
            subject = subject.casefold()
        return subject, world.limiter.set_remaining(known, subject, remaining, world.clock.now())

    def _require_known(self, policy: Policy, subject: str) -> None:
        """Addresses and confirmation numbers may come later; keys and organizations are there or mistyped.

        Raises UnknownError, without a word of what was given: it may be a pasted API key.
        """
        if policy.scope == "key":
            with self._world.state.look() as work:
                if work.keys.get(subject) is None:
                    raise UnknownError(
                        f"{policy.name} counts by key, and no key has that id: ids stand in GET /_mock/keys"
                    )
        elif policy.scope == "organization" and all(
            each.id != subject for each in self._world.bookings.organizations.values()
        ):
            where = "the banner and the ready-file"
            raise UnknownError(f"{policy.name} counts by organization, and none has that id: ids stand in {where}")

    def clear(self) -> None:
        self._world.limiter.clear()

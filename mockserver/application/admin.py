"""What whoever runs a mock can do with it: the verbs of the control API, without HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockserver.application import snapshot
from mockserver.application.fault_rules import rules_of
from mockserver.application.journal_admin import JournalAdmin
from mockserver.application.refusals import UnknownError
from mockserver.application.upcoming import Due, upcoming
from mockserver.application.usage import UsageAdmin
from mockserver.application.webhook_admin import WebhookAdmin
from mockserver.application.world import World
from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey, KeyKind, digest_of
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.limits.algorithms import ALGORITHMS, Policy
from mockserver.limits.limiter import Usage
from mockserver.observing.advice.finding import Finding
from mockserver.ports import SECOND, StandingFault


class Time(NamedTuple):
    """`now` in nanoseconds."""

    now: int
    frozen: bool


class KeyInUse(NamedTuple):
    """A key and what became of it; `organization` is a slug, `last_used` in nanoseconds."""

    key: ApiKey
    organization: str
    last_used: int | None
    status: str


class Limits(NamedTuple):
    """`usages` are those of the subjects that are not forgotten."""

    enabled: bool
    algorithm: str
    policies: Sequence[Policy]
    usages: Sequence[tuple[str, Usage]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that is to be made; `organization` is a slug, `expires_at` in Unix seconds."""

    organization: str
    kind: KeyKind
    label: str
    environment: str | None
    expires_at: int | None


class Admin:
    """Each method is one unit of work, or looks only."""

    def __init__(self, world: World) -> None:
        self._world = world

    # --- the whole

    @property
    def world(self) -> World:
        """For use cases beside these, which few ask for: they are loaded where they are."""
        return self._world

    @property
    def seed(self) -> int | None:
        return self._world.seed

    @property
    def contract_version(self) -> str:
        return self._world.contract_version

    @property
    def reading(self) -> Mapping[str, Any]:
        """How the contract's open questions are answered, by number and names: those as shipped are left out."""
        return self._world.reading

    @property
    def webhooks(self) -> WebhookAdmin:
        return WebhookAdmin(self._world)

    @property
    def journal(self) -> JournalAdmin:
        return JournalAdmin(self._world)

    @property
    def usage(self) -> UsageAdmin:
        return UsageAdmin(self._world)

    @property
    def document(self) -> Mapping[str, Any]:
        """The contract in force."""
        return self._world.document

    @property
    def organizations(self) -> Mapping[str, Organization]:
        """By slug."""
        return self._world.bookings.organizations

    def reset(self) -> None:
        self._world.reset()

    def export_state(self) -> dict[str, Any]:
        return snapshot.take(self._world)

    def import_state(self, state: Mapping[str, Any]) -> None:
        """Raises SnapshotError, having changed nothing."""
        snapshot.restore(self._world, state)

    # --- time

    def time(self) -> Time:
        clock = self._world.clock
        return Time(clock.now(), clock.frozen)

    def set_time(self, moment: int | None, frozen: bool | None) -> Time:
        """None leaves as it is. Raises MovedBackError, ValueError."""
        clock = self._world.clock
        if moment is not None:
            clock.move_to(moment, frozen=frozen)
        elif frozen is not None:
            clock.freeze() if frozen else clock.run()
        return self.time()

    def advance(self, nanoseconds: int) -> Time:
        """Raises MovedBackError, ValueError."""
        self._world.clock.advance(nanoseconds)
        return self.time()

    def upcoming(self, most: int) -> list[Due]:
        """What falls due next, in order."""
        return upcoming(self._world, most)

    # --- keys

    def list_keys(self) -> list[KeyInUse]:
        with self._world.state.look() as work:
            return [self._in_use(key, work.keys.last_used(key.id)) for key in work.keys.all()]

    def value_of(self, key_id: str) -> str | None:
        """Of a key that the dataset has: that of any other is known only to who made it."""
        value = self._world.key_values.get(key_id)
        with self._world.state.look() as work:
            key = work.keys.get(key_id)
        return value if value is not None and key is not None and key.digest == digest_of(value) else None

    def create_key(self, wanted: Wanted) -> tuple[str, KeyInUse]:
        """The key's value, which nobody can ask for again. Raises UnknownError."""
        organization = self._world.bookings.organizations.get(wanted.organization)
        if organization is None:
            raise UnknownError(f"there is no organization {wanted.organization}")
        with self._world.state.work() as work:
            value = work.ids.key_value(wanted.environment)
            key = ApiKey.of_value(
                value,
                id=work.ids.key_id(),
                organization=organization.id,
                kind=wanted.kind,
                label=wanted.label,
                environment=wanted.environment,
                created_at=self._world.clock.now() // SECOND,
                expires_at=wanted.expires_at,
            )
            work.keys.save(key)
        return value, self._in_use(key, None)

    def revoke_key(self, key_id: str) -> KeyInUse:
        """Raises UnknownError."""
        with self._world.state.work() as work:
            key = work.keys.get(key_id)
            if key is None:
                raise UnknownError(f"there is no key {key_id}")
            revoked = key.revoke()
            work.keys.save(revoked)
            return self._in_use(revoked, work.keys.last_used(key_id))

    def _in_use(self, key: ApiKey, last_used: int | None) -> KeyInUse:
        organizations = self._world.bookings.organizations.values()
        slug = next(organization.slug for organization in organizations if organization.id == key.organization)
        return KeyInUse(key, slug, last_used, key.status(self._world.clock.now() // SECOND))

    # --- bookings

    def list_bookings(self, organization: str | None = None, status: str | None = None) -> list[Booking]:
        """Of one organization (slug) or all, each in the order of their starts."""
        with self._world.state.look() as work:
            return [
                booking
                for slug in self._world.bookings.organizations
                if organization in (None, slug)
                for booking in work.bookings.of_organization(slug, None)
                if status in (None, booking.status)
            ]

    def offer_of(self, booking: Booking) -> tuple[Organization, Service]:
        return self._world.bookings.offer_of(booking)

    def confirm_booking(self, booking_id: str) -> Booking:
        """Raises Refused(unknown_booking | already_canceled)."""
        return self._world.bookings.confirm_booking(booking_id)

    def cancel_booking(self, booking_id: str) -> Booking:
        """Without regard to notice. Raises Refused(unknown_booking | already_canceled)."""
        return self._world.bookings.cancel_by_staff(booking_id)

    # --- rate limits

    def limits(self) -> Limits:
        world = self._world
        policies = tuple(world.policies.values())
        with world.state.look():
            limiter = world.limiter
            return Limits(limiter.enabled, limiter.algorithm, policies, limiter.usages(policies, world.clock.now()))

    def set_limits(self, enabled: bool | None, algorithm: str | None) -> Limits:
        """None leaves as it is. Another algorithm begins anew. Raises ValueError for one that there is not."""
        if algorithm is not None and algorithm not in ALGORITHMS:
            raise ValueError(f"there is no algorithm {algorithm}; there are {', '.join(ALGORITHMS)}")
        limiter = self._world.limiter
        with self._world.state.work(alone=True):
            if algorithm is not None and algorithm != limiter.algorithm:
                limiter.use(algorithm)
            if enabled is not None:
                limiter.turn(enabled)
        return self.limits()

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

    def clear_limits(self) -> None:
        self._world.limiter.clear()

    # --- faults

    def list_faults(self) -> Sequence[StandingFault]:
        with self._world.state.look() as work:
            return work.faults.all()

    def add_faults(self, stated: Mapping[str, Any]) -> Sequence[StandingFault]:
        """A rule, or a profile's; behind those that are in force. Raises ValueError, a sentence with the place."""
        with self._world.state.work(alone=True) as work:
            keys = {key.id for key in work.keys.all()}
            faults = [self._world.nameable.fault(rule, keys) for rule in rules_of(stated)]
            first = 1 + max((standing.number for standing in work.faults.all()), default=0)
            added = [StandingFault.numbered(number, fault) for number, fault in enumerate(faults, first)]
            for standing in added:
                work.faults.save(standing)
            return added

    def remove_fault(self, fault_id: str) -> None:
        """Raises UnknownError."""
        with self._world.state.work(alone=True) as work:
            if work.faults.get(fault_id) is None:
                raise UnknownError(f"there is no fault {fault_id}; those in force stand in GET /_mock/faults")
            work.faults.delete(fault_id)

    def clear_faults(self) -> None:
        with self._world.state.work(alone=True) as work:
            work.faults.restart(())

    # --- what clients do wrong

    def findings(self) -> list[Finding]:
        """Since the last reset, in the order in which they were first seen."""
        return self._world.advice.findings()

    def forget_findings(self) -> None:
        """They were on purpose: the end of the run does not tell of them either."""
        self._world.advice.clear()

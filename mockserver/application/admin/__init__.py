"""What whoever runs a mock can do with it: the verbs of the control API, without HTTP."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.application import snapshot
from mockserver.application.admin.faults import FaultAdmin
from mockserver.application.admin.keys import KeyAdmin
from mockserver.application.admin.limits import LimitAdmin
from mockserver.application.admin.requests import RequestAdmin
from mockserver.application.admin.upcoming import Due, upcoming
from mockserver.application.admin.usage import UsageAdmin
from mockserver.application.admin.webhooks import WebhookAdmin
from mockserver.application.world import World
from mockserver.domain.bookings import Booking
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.observing.advice.finding import Finding


class Time(NamedTuple):
    """`now` in nanoseconds."""

    now: int
    frozen: bool


class Admin:
    """Each method is one unit of work, or looks only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.keys = KeyAdmin(world)
        self.limits = LimitAdmin(world)
        self.faults = FaultAdmin(world)
        self.requests = RequestAdmin(world)
        self.webhooks = WebhookAdmin(world)

    # --- the whole

    @property
    def world(self) -> World:
        """For use cases beside these, which few ask for: they are loaded where they are."""
        return self._world

    @property
    def organizations(self) -> Mapping[str, Organization]:
        """By slug."""
        return self._world.bookings.organizations

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
    def document(self) -> Mapping[str, Any]:
        """The contract in force."""
        return self._world.document

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

    # --- use

    @property
    def usage(self) -> UsageAdmin:
        """Made when it is asked for: most worlds never are."""
        return UsageAdmin(self._world)

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

    # --- what clients do wrong

    def findings(self) -> list[Finding]:
        """Since the last reset, in the order in which they were first seen."""
        return self._world.advice.findings()

    def forget_findings(self) -> None:
        """They were on purpose: the end of the run does not tell of them either."""
        self._world.advice.clear()

"""The faults that a mock is started with, and what carries out those that are in force."""

from collections.abc import Iterator, Mapping
from typing import cast

from contracts.spec.contract import Contract
from mockserver.application.fault_rules import Nameable, rules_of
from mockserver.application.world import World
from mockserver.datasets.loader import Dataset
from mockserver.domain.causes import Cause
from mockserver.ports import StandingFault
from mockserver.settings import Settings
from mockserver.web.api.faults import Documented, Errors, FaultInjection
from mockserver.web.api.validation import first_problem
from mockserver.wiring.shared import Shared, control_schema


def nameable_of(contract: Contract, dataset: Dataset) -> Nameable:
    causes = {error.cause: error.status for error in contract.errors.values()}
    return Nameable(list(contract.operations), list(dataset.organizations), causes, contract.key_header)


def first_faults(settings: Settings, dataset: Dataset, nameable: Nameable) -> list[StandingFault]:
    """Raises ValueError, one sentence with the place of what is wrong."""
    keys = {key.record.id for key in dataset.keys}
    faults: list[StandingFault] = []
    for place, stated in _stated(settings, dataset):
        try:
            for rule in rules_of(stated):
                problem = first_problem(control_schema("addFaults"), rule)
                if problem is not None:
                    raise ValueError(problem)
                faults.append(StandingFault.numbered(len(faults) + 1, nameable.fault(rule, keys)))
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
    return faults


def _stated(settings: Settings, dataset: Dataset) -> Iterator[tuple[str, str | Mapping[str, object]]]:
    for index, stated in enumerate(dataset.faults):
        yield f"{settings.data}: faults[{index}]", stated
    for text in settings.faults:
        yield f"--fault {text}", text


def fault_injection(shared: Shared, world: World) -> FaultInjection:
    causes = shared.contract.errors.values()
    documented = [Documented(cast(Cause, e.cause), e.status, e.detail, e.operations) for e in causes]
    slugs = {organization.id: organization.slug for organization in world.bookings.organizations.values()}
    return FaultInjection(
        world.state,
        shared.problems,
        Errors(documented),
        slugs,
        world.nameable.statuses,
        heeds_preferences=shared.settings.prefer,
    )

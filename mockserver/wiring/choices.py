"""What the contract says of slots and bookings, as the domain wants it."""

from contracts.spec.contract import Contract
from mockserver.domain.choices import Choices


def choices_of(contract: Contract) -> Choices:
    """Raises ContractError for what is not stated."""
    rule = contract.rule
    return Choices(
        refusals=contract.refusals,
        exact_email=rule("self_service.email_case") == "exact",
        host_kept=rule("bookings.reschedule_keeps_host") == "if it can",
        canceled_listed=rule("platform.canceled_listed"),
        newest_first=rule("platform.order")[0].startswith("-"),
        full_listed=rule("availability.full_slots") == "listed",
        too_few_listed=rule("availability.too_few_seats") == "listed",
        buffers_add_up=rule("availability.buffers") == "both count",
        capacity_left=rule("availability.capacity") == "seats left",
    )

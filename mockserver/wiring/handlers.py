"""What answers the operations of the contract in one world."""

from collections.abc import Mapping

from contracts.errors import ContractError
from contracts.spec.contract import Contract
from contracts.spec.document import follow
from mockserver.application.world import World
from mockserver.web.api.exchange import Handler
from mockserver.web.api.reading import RawPlus
from mockserver.wiring.shared import Shared


def handlers_of(shared: Shared, world: World) -> Mapping[str, Handler]:
    """By operation. Raises ContractError for one that the mock does not know."""
    parts, contract, reader = shared.parts, shared.contract, shared.reader
    invites = contract.rule("bookings.ics_host")
    public = parts.public(world.bookings, reader, None if invites == "own" else invites)
    raw_plus = RawPlus(
        in_emails=contract.rule("self_service.email_raw_plus") == "understood",
        in_phones=contract.rule("self_service.phone_raw_plus") == "understood",
    )
    self_service = parts.self_service(world.bookings, reader, raw_plus)
    platform = parts.platform(world.bookings, reader, _default(contract, "listBookings", "limit"))
    handlers: Mapping[str, Handler] = {
        "getOrganization": public.get_organization,
        "getService": public.get_service,
        "getAvailability": public.get_availability,
        "createBooking": public.create_booking,
        "lookupBooking": self_service.lookup_booking,
        "cancelBooking": self_service.cancel_booking,
        "rescheduleBooking": self_service.reschedule_booking,
        "getRescheduleAvailability": self_service.get_reschedule_availability,
        "listBookings": platform.list_bookings,
    }
    for operation in contract.operations:
        if operation not in handlers:
            raise ContractError(f"the mock knows no operation {operation}")
    return handlers


def _default(contract: Contract, operation: str, parameter: str) -> int:
    try:
        schema = contract.operations[operation].query.schema["properties"][parameter]
        return int(follow(contract.document, schema)["default"])
    except KeyError:
        raise ContractError(f"{operation} has no default for {parameter}") from None

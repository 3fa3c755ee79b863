"""The operations of the contract, each with what answers it in one world."""

from collections.abc import Mapping

from contracts.errors import ContractError
from contracts.spec.contract import Contract, Operation
from contracts.spec.document import follow
from mockserver.application.world import World
from mockserver.web.api.exchange import Handler, Route
from mockserver.wiring.shared import Shared, reader_of, spellings_of


def routes_of(shared: Shared, world: World) -> list[Route]:
    parts, contract = shared.parts, shared.contract
    reader = reader_of(parts, contract)
    public = parts.public(world.bookings, reader)
    self_service = parts.self_service(world.bookings, reader)
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
    spellings = spellings_of(contract)
    routes = []
    for operation in contract.operations.values():
        if operation.id not in handlers:
            raise ContractError(f"the mock knows no operation {operation.id}")
        for validator in (operation.query, operation.body):
            if validator is not None:
                validator.require_usable()
        replayed = operation.id in contract.idempotency.operations
        routes.append(
            Route(
                operation=operation.id,
                method=operation.method,
                path=operation.path,
                query_fields=frozenset(operation.query_types),
                body_fields=frozenset(operation.body.members.declared if operation.body else ()),
                inner_fields=_inner_fields(operation),
                success=_success(operation),
                key_kind=operation.key_kind,
                policies=tuple(shared.policies[name] for name in operation.policies),
                wants_body=operation.body is not None,
                tenant=_tenant(operation),
                idempotency_key=operation.headers[contract.idempotency.header.lower()] if replayed else None,
                checker=parts.checker(operation.id, operation.query, operation.query_types, operation.body, spellings),
                handler=handlers[operation.id],
            )
        )
    return routes


def _inner_fields(operation: Operation) -> Mapping[str, frozenset[str]]:
    objects = operation.body.members.objects if operation.body else ()
    return {name: frozenset(members.declared) for name, members in objects}


def _success(operation: Operation) -> int:
    """The status of what succeeds; where several are declared, the first of them. Raises ContractError."""
    statuses = [status for status in operation.responses if status < 300]
    if not statuses:
        raise ContractError(f"{operation.id} declares no response with a status of success")
    return statuses[0]


def _tenant(operation: Operation) -> str | None:
    """Where an operation names its organization: path, query, body, or the platform's header."""
    if operation.key_kind is None:
        return None
    if operation.key_kind == "platform":
        return "header"
    if "{org_slug}" in operation.path:
        return "path"
    return "query" if "org_slug" in operation.query_types else "body"


def _default(contract: Contract, operation: str, parameter: str) -> int:
    try:
        schema = contract.operations[operation].query.schema["properties"][parameter]
        return int(follow(contract.document, schema)["default"])
    except KeyError:
        raise ContractError(f"{operation} has no default for {parameter}") from None

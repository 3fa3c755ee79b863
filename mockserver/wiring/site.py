"""What one world has on the web: the way of a request to it."""

from collections.abc import Callable

from mockserver.application.admin import Admin
from mockserver.application.world import World
from mockserver.observing.journal import Entry
from mockserver.web.api.client_address import ClientAddress
from mockserver.web.api.cors import Cors
from mockserver.web.api.exchange import Route
from mockserver.web.api.hints import Hints
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.recording import Recorder
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.steps import Stations
from mockserver.web.control.access import Access
from mockserver.web.gate import BodyLimits
from mockserver.web.site import Site
from mockserver.wiring.faults import fault_injection
from mockserver.wiring.shared import Shared, spellings_of


def site_of(
    shared: Shared, world: World, routes: list[Route], access: Access, log: Callable[[Entry], None] | None
) -> Site:
    parts, contract = shared.parts, shared.contract
    request_id = contract.rule("http.request_id")
    names = parts.request_ids(request_id["header"], request_id["max_length"])
    body_limit = BodyLimits(
        parts.router(routes),
        parts.authentication(contract.key_header, world.state),
        world.clock,
        contract.rule("http.max_body_bytes"),
        access.permits,
    )
    return Site(world, Admin(world), _pipeline(shared, world, routes, names, log), names, body_limit)


def _pipeline(
    shared: Shared,
    world: World,
    routes: list[Route],
    names: RequestIds,
    log: Callable[[Entry], None] | None,
) -> Pipeline:
    settings, parts, contract = shared.settings, shared.parts, shared.contract
    organizations = world.bookings.organizations
    stated = contract.idempotency
    key_header = contract.key_header
    listeners = [*([world.journal.record] if world.journal.keeps else []), *([log] if log else [])]
    stations = Stations(
        request_ids=names,
        router=parts.router(routes),
        authentication=parts.authentication(key_header, world.state),
        faults=fault_injection(shared, world),
        rate_limits=parts.rate_limits(
            world.limiter, contract.rate_limits.headers, ClientAddress(settings.trusted_proxies)
        ),
        body=parts.body(contract.rule("http.max_body_bytes"), contract.rule("http.max_json_depth")),
        tenancy=parts.tenancy(
            world.bookings.organization,
            {organization.id: organization for organization in organizations.values()},
            contract.organization_header,
        ),
        replay=parts.replay(
            world.idempotency, world.state, shared.problems, stated.header, stated.replayed_header, stated.stored
        ),
        date=parts.date(),
        hints=Hints(spellings_of(contract), shared.problems) if settings.hints else None,
        cors=Cors(settings.cors) if settings.cors else None,
    )
    return parts.pipeline(
        steps=stations.steps(),
        finishes=stations.finishes(),
        problems=shared.problems,
        clock=world.clock,
        record=Recorder(key_header, listeners),
    )
